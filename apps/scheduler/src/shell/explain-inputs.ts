import type { Ecs } from '@stowage/domain';

/** Input of ExplainPlacement: exactly one of a placed task, a service, and a RunTask request. */
export interface ExplainPlacement {
  readonly cluster?: string;
  readonly task?: string;
  readonly service?: string;
  readonly runTask?: Ecs.RunTaskRequest;
  /** A sequence of the past; absent: the newest state. A task is always explained as of its own decision. */
  readonly asOf?: number;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** Input of PlanPlacement: a RunTask request, or a service and the change to it. */
export interface PlanPlacement {
  readonly cluster?: string;
  readonly runTask?: Ecs.RunTaskRequest;
  readonly service?: string;
  readonly desiredCount?: number;
  readonly taskDefinition?: string;
  readonly asOf?: number;
  readonly maxResults?: number;
}
