import type { ClusterName, ContainerInstance, Ecs, InstanceId, LackingResource, Resources } from '@stowage/domain';

/** What a task can be placed as: on instances of one's own, which is all there is here. */
export type InstanceLaunchType = 'EC2' | 'EXTERNAL';

/** What an instance must have for a task: the part of a request that placement is about. The tasks are all alike. */
export interface PlacementRequest {
  readonly cluster: ClusterName;
  readonly count: number;
  readonly resources: Resources;
  /** `requiresAttributes` of the definition. */
  readonly requiredAttributes: readonly Ecs.Attribute[];
  readonly launchType: InstanceLaunchType;
}

/**
 * An instance while a plan is made: its record, with what the plan has already put on it in `used`. Only ACTIVE ones
 * are considered at all.
 */
export type Candidate = ContainerInstance;

/**
 * What ECS writes into `failures` for an instance that can't take a task (ecs-api 5.5.3). `DRAINING`, of an instance that
 * StartTask names, is ours: ECS's word for it is not documented.
 */
export type RefusalReason = 'AGENT' | 'ATTRIBUTE' | 'MISSING' | 'INACTIVE' | 'DRAINING' | `RESOURCE:${LackingResource}`;

/** Why one instance can't take one more of the tasks. */
export interface InstanceRefusal {
  readonly instance: InstanceId;
  readonly reason: RefusalReason;
}
