import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs, InstanceId } from '../../ids';
import { type RegisteredResources, type Resources, NO_RESOURCES } from '../../resources';
import type { PlacedTask } from '../../task/records/task';

/** An attribute without its target: a name and optionally a value. */
export interface InstanceAttribute {
  readonly name: string;
  readonly value?: string;
}

/** State of one container instance: the ledger of registered and used resources. */
export interface ContainerInstance {
  readonly id: InstanceId;
  readonly cluster: ClusterName;
  readonly ec2InstanceId: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly statusReason?: string;
  readonly agentConnected: boolean;
  /** Time since which the agent has been disconnected. */
  readonly disconnectedAt?: EpochMs;
  /**
   * Time at which the instance was marked as lost. It accepts no task until its agent has confirmed the removal of all
   * containers of the stopped tasks.
   */
  readonly lostAt?: EpochMs;
  /** Starts at 1 and increases by one with each change (ecs-api 5.2). */
  readonly version: number;
  readonly versionInfo: Ecs.VersionInfo;
  readonly registered: RegisteredResources;
  /** Resources of all tasks that are placed and not yet STOPPED: cpu, memory, GPUs and fixed ports. */
  readonly used: Resources;
  /**
   * Host ports that Docker assigned to running tasks dynamically. They are displayed but not counted (ecs-api 5.6.2).
   */
  readonly dynamicPorts: readonly number[];
  readonly dynamicPortsUdp: readonly number[];
  readonly attributes: readonly InstanceAttribute[];
  readonly tags: readonly Ecs.Tag[];
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly registeredAt: EpochMs;
  /** Present if the registration had a client token. A request with the same token returns the same instance. */
  readonly clientToken?: string;
}

/** First registration of an instance. */
export interface InstanceRegistered {
  readonly type: 'InstanceRegistered';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly ec2InstanceId: string;
  readonly versionInfo: Ecs.VersionInfo;
  readonly resources: RegisteredResources;
  readonly attributes: readonly InstanceAttribute[];
  readonly tags: readonly Ecs.Tag[];
  readonly clientToken?: string;
}

/**
 * Registration of a known agent with new capabilities. `attributes` is the complete new list and contains the custom
 * attributes.
 */
export interface InstanceReregistered {
  readonly type: 'InstanceReregistered';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly versionInfo: Ecs.VersionInfo;
  readonly resources: RegisteredResources;
  readonly attributes: readonly InstanceAttribute[];
}

export interface InstanceStatusChanged {
  readonly type: 'InstanceStatusChanged';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly status: 'ACTIVE' | 'DRAINING';
}

/**
 * Permanent removal of the instance from its cluster. With `force`, a `TasksGivenUp` in the same transaction stops its
 * tasks.
 */
export interface InstanceDeregistered {
  readonly type: 'InstanceDeregistered';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly force: boolean;
}

/** Change of the agent's connection. Heartbeats are not events. */
export interface InstanceConnectionChanged {
  readonly type: 'InstanceConnectionChanged';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly connected: boolean;
}

/**
 * The agent was disconnected for too long. The instance is lost, and a `TasksGivenUp` in the same transaction stops its
 * tasks.
 */
export interface InstanceLost {
  readonly type: 'InstanceLost';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
}

/** The agent of a lost instance is connected again and has removed all containers of the tasks that were stopped. */
export interface InstanceRecovered {
  readonly type: 'InstanceRecovered';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
}

/** The complete new set of attributes of the instance. */
export interface InstanceAttributesSet {
  readonly type: 'InstanceAttributesSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly attributes: readonly InstanceAttribute[];
}

/** The complete new set of tags of the instance. */
export interface InstanceTagsSet {
  readonly type: 'InstanceTagsSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly tags: readonly Ecs.Tag[];
}

/** Constraints and preferences for the placement of tasks. Services set them on behalf of their tasks. */
export interface PlacementAsked {
  readonly count: number;
  readonly placementConstraints?: readonly Ecs.PlacementConstraint[];
  readonly placementStrategy?: readonly Ecs.PlacementStrategy[];
}

/** All inputs of a scheduler's decision that the journal does not contain. They make the decision reproducible. */
export interface PlacementBasis {
  /** Position of the state on which the decision was made. */
  readonly position: number;
  /**
   * Sequence of the last event of a transaction of the same scheduler that this state did not include but the decision
   * counted as placed.
   */
  readonly after?: number;
  /** Inputs of the random choice. Absent if the client named the instances. */
  readonly seed?: number;
  /**
   * Index of this scheduler and number of schedulers. Among equal instances, each scheduler prefers its own partition.
   */
  readonly share?: { readonly at: number; readonly of: number };
  readonly asked?: PlacementAsked;
  /** Name of the process, and a hash of the code that it ran. */
  readonly scheduler: string;
  readonly build: string;
}

/** A scheduler's decision to run these tasks on this instance. */
export interface TasksPlaced {
  readonly type: 'TasksPlaced';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly tasks: readonly PlacedTask[];
  /** Hash of the request's client token, and hash of its parameters. */
  readonly clientToken?: { readonly tokenHash: string; readonly parametersHash: string };
  /** Inputs of the decision. Absent if no scheduler decided. */
  readonly decision?: PlacementBasis;
}

/** Events on `journal.instance.<cluster>.<instance>`. */
export type InstanceEvent =
  | InstanceRegistered
  | InstanceReregistered
  | InstanceStatusChanged
  | InstanceDeregistered
  | InstanceConnectionChanged
  | InstanceLost
  | InstanceRecovered
  | InstanceAttributesSet
  | InstanceTagsSet
  | TasksPlaced;

/**
 * Returns the instance after an event of its own. `TasksPlaced` and task events change `used` and the counters through
 * `applyEvent`, which has access to the tasks.
 */
export function evolveInstance(
  instance: ContainerInstance | undefined,
  event: Exclude<InstanceEvent, TasksPlaced>,
  at: EpochMs,
): ContainerInstance | undefined {
  if (event.type === 'InstanceRegistered') return registeredInstance(event, at);
  if (!instance) return undefined;
  const next = { ...instance, version: instance.version + 1 };
  switch (event.type) {
    case 'InstanceReregistered':
      return { ...next, versionInfo: event.versionInfo, registered: event.resources, attributes: event.attributes };
    case 'InstanceStatusChanged':
      return { ...next, status: event.status };
    case 'InstanceDeregistered':
      return { ...next, status: 'INACTIVE', tags: [] };
    case 'InstanceConnectionChanged':
      return explained(connectionChanged(next, event.connected, at));
    case 'InstanceLost':
      return explained({ ...next, lostAt: at });
    case 'InstanceRecovered':
      return explained(without(next, 'lostAt'));
    case 'InstanceAttributesSet':
      return { ...next, attributes: event.attributes };
    case 'InstanceTagsSet':
      return { ...next, tags: event.tags };
  }
}

function connectionChanged(instance: ContainerInstance, connected: boolean, at: EpochMs): ContainerInstance {
  const changed = { ...instance, agentConnected: connected };
  return connected ? without(changed, 'disconnectedAt') : { ...changed, disconnectedAt: at };
}

/** Returns the instance with a `statusReason` that explains what blocks the recovery of a lost instance. */
function explained(instance: ContainerInstance): ContainerInstance {
  if (instance.lostAt === undefined) return without(instance, 'statusReason');
  return { ...instance, statusReason: instance.agentConnected ? RETURNED : LOST };
}

const LOST = 'The container agent was disconnected for too long: the tasks of this container instance were stopped.';
const RETURNED =
  'The container agent is connected again. No tasks are placed until it has removed the containers of the stopped tasks.';

function without(instance: ContainerInstance, member: 'disconnectedAt' | 'lostAt' | 'statusReason'): ContainerInstance {
  const { [member]: _, ...rest } = instance;
  return rest;
}

function registeredInstance(event: InstanceRegistered, at: EpochMs): ContainerInstance {
  return {
    id: event.instance,
    cluster: event.cluster,
    ec2InstanceId: event.ec2InstanceId,
    status: 'ACTIVE',
    agentConnected: false,
    disconnectedAt: at,
    version: 1,
    versionInfo: event.versionInfo,
    registered: event.resources,
    used: NO_RESOURCES,
    dynamicPorts: [],
    dynamicPortsUdp: [],
    attributes: event.attributes,
    tags: event.tags,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    registeredAt: at,
    ...(event.clientToken && { clientToken: event.clientToken }),
  };
}
