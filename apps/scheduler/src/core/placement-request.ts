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

/** Launch types that run on registered instances. There are no others yet. */
export type InstanceLaunchType = 'EC2' | 'EXTERNAL';

/** The part of a request that concerns placement: what an instance must have, and how instances are ranked. */
export interface PlacementRequest {
  readonly cluster: ClusterName;
  /** Number of tasks. All of them are alike. */
  readonly count: number;
  readonly resources: NeededResources;
  /** `requiresAttributes` of the definition. */
  readonly requiredAttributes: readonly Ecs.Attribute[];
  readonly launchType: InstanceLaunchType;
  /** The group that strategies and `distinctInstance` count. For tasks of a service it names the service. */
  readonly group: string;
  /** The expressions of the request and of the definition. All of them must match. */
  readonly memberOf: readonly ClusterQuery[];
  readonly distinctInstance: boolean;
  /** The strategies in their order. Empty: any instance may be chosen. */
  readonly strategy: readonly StrategyLevel[];
}

/** An instance as a decision sees it: its record, and its tasks including those that are decided and not folded yet. */
export interface Candidate {
  readonly instance: ContainerInstance;
  readonly used: Resources;
  /** For each group, the number of tasks on the instance that are not STOPPED. */
  readonly tasksOfGroups: ReadonlyMap<string, number>;
}

/** The instance of one task, and the resources that the task takes there, with the ids of its GPUs. */
export interface Choice {
  readonly instance: ContainerInstance;
  readonly group: string;
  readonly resources: Resources;
}

/**
 * The reason in `failures` for an instance that cannot accept a task (ecs-api 5.5.3). `DRAINING`, for an instance that
 * StartTask names, is our own: ECS's text for this case is not documented.
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

/** The names of the filters, in the order in which they are applied. */
export type RuleName =
  'status' | 'agent' | 'launch-type' | 'attributes' | 'member-of' | 'distinct-instance' | 'resources';

/** The reason why an instance cannot accept one more of the tasks, as data. */
export interface Unfit {
  readonly rule: RuleName;
  readonly reason: RefusalReason;
  /** The amount or value that the task requires by this rule, and the one that the instance has. */
  readonly asked: string | number;
  readonly there: string | number;
  /** Events that may make the instance fit. */
  readonly curedBy: readonly CuringEvent[];
}

/** The refusal of one instance. */
export interface InstanceRefusal extends Unfit {
  readonly instance: InstanceId;
}
