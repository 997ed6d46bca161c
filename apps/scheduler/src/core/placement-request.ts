import type {
  ClusterName,
  ClusterQuery,
  ContainerInstance,
  CuringEvent,
  Ecs,
  InstanceId,
  LackingResource,
  NeededResources,
  Resources,
} from '@stowage/domain';
import type { StrategyLevel } from './strategy';

/** What a task can be placed as: on instances of one's own, which is all there is here. */
export type InstanceLaunchType = 'EC2' | 'EXTERNAL';

/** What an instance must have for a task, and which one is best: the part of a request that placement is about. */
export interface PlacementRequest {
  readonly cluster: ClusterName;
  /** The tasks are all alike. */
  readonly count: number;
  readonly resources: NeededResources;
  /** `requiresAttributes` of the definition. */
  readonly requiredAttributes: readonly Ecs.Attribute[];
  readonly launchType: InstanceLaunchType;
  /** What strategies and `distinctInstance` count: of a service's tasks it names the service. */
  readonly group: string;
  /** All of them bind, those of the request and those of the definition. */
  readonly memberOf: readonly ClusterQuery[];
  readonly distinctInstance: boolean;
  /** In their order. None: any instance will do. */
  readonly strategy: readonly StrategyLevel[];
}

/** An instance as a decision sees it: its record, and what is on it with what was decided and is not folded yet. */
export interface Candidate {
  readonly instance: ContainerInstance;
  readonly used: Resources;
  /** How many tasks of each group there are that are not STOPPED. */
  readonly tasksOfGroups: ReadonlyMap<string, number>;
}

/** Where one task goes, and what it takes there: of GPUs, which ones. */
export interface Choice {
  readonly instance: ContainerInstance;
  readonly group: string;
  readonly resources: Resources;
}

/**
 * What ECS writes into `failures` for an instance that can't take a task (ecs-api 5.5.3). `DRAINING`, of an instance that
 * StartTask names, is ours: ECS's word for it is not documented.
 */
export type RefusalReason =
  | 'AGENT'
  | 'ATTRIBUTE'
  | 'MISSING'
  | 'INACTIVE'
  | 'DRAINING'
  | 'DistinctInstance placement constraint unsatisfied.'
  | 'MemberOf placement constraint unsatisfied.'
  | `RESOURCE:${LackingResource}`;

/** The rules by which instances are refused, in the order in which they are asked. */
export type RuleName =
  'status' | 'agent' | 'launch-type' | 'attributes' | 'member-of' | 'distinct-instance' | 'resources';

/** Why an instance can't take one more of the tasks: all that is to be known about it, as data. */
export interface Unfit {
  readonly rule: RuleName;
  readonly reason: RefusalReason;
  /** What the task asks for by this rule, and what the instance has. */
  readonly asked: string | number;
  readonly there: string | number;
  /** What may happen so that the instance fits. */
  readonly curedBy: readonly CuringEvent[];
}

/** One instance's refusal. */
export interface InstanceRefusal extends Unfit {
  readonly instance: InstanceId;
}
