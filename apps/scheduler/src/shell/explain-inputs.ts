import type { Ecs } from '@stowage/domain';

/** Input of ExplainPlacement: exactly one of a task that was placed, a service, and what RunTask would be asked. */
export interface ExplainPlacement {
  readonly cluster?: string;
  readonly task?: string;
  readonly service?: string;
  readonly runTask?: Ecs.RunTaskRequest;
  /** A sequence of the past; the newest state without it. A task is explained as of its own decision. */
  readonly asOf?: number;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** Input of PlanPlacement: what RunTask would be asked, or a service and what of it is to change. */
export interface PlanPlacement {
  readonly cluster?: string;
  readonly runTask?: Ecs.RunTaskRequest;
  readonly service?: string;
  readonly desiredCount?: number;
  readonly taskDefinition?: string;
  readonly asOf?: number;
  readonly maxResults?: number;
}
