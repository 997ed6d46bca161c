import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs, InstanceId } from '../../ids';
import { type RegisteredResources, type Resources, NO_RESOURCES } from '../../resources';
import type { PlacedTask } from '../../task/records/task';

/** An attribute without its target: a name and, if it has one, a value. */
export interface InstanceAttribute {
  readonly name: string;
  readonly value?: string;
}

/** What is folded of one container instance: the ledger of what is registered and what is taken. */
export interface ContainerInstance {
  readonly id: InstanceId;
  readonly cluster: ClusterName;
  readonly ec2InstanceId: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly statusReason?: string;
  readonly agentConnected: boolean;
  /** Since when the agent is not connected. */
  readonly disconnectedAt?: EpochMs;
  /** When it was given up; it takes no task until its agent has confirmed that nothing of the old ones is left. */
  readonly lostAt?: EpochMs;
  /** From 1, one more for every change (ecs-api 5.2). */
  readonly version: number;
  readonly versionInfo: Ecs.VersionInfo;
  readonly registered: RegisteredResources;
  /** What the tasks placed and not yet STOPPED take: cpu, memory and fixed ports. */
  readonly used: Resources;
  /** Host ports that running tasks got dynamically; shown, never counted (ecs-api 5.6.2). */
  readonly dynamicPorts: readonly number[];
  readonly dynamicPortsUdp: readonly number[];
  readonly attributes: readonly InstanceAttribute[];
  readonly tags: readonly Ecs.Tag[];
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly registeredAt: EpochMs;
  /** Present when the registration carried one: the same token answers with the same instance. */
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

/** The same agent came back: new capabilities, custom attributes kept (`attributes` is the complete new list). */
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

/** The instance left its cluster for good; with `force` its tasks are given up by a `TasksGivenUp` in the same transaction. */
export interface InstanceDeregistered {
  readonly type: 'InstanceDeregistered';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly force: boolean;
}

/** A change of the agent's connection; heartbeats themselves are not events. */
export interface InstanceConnectionChanged {
  readonly type: 'InstanceConnectionChanged';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly connected: boolean;
}

/** Its agent was away for too long: the instance is given up, with its tasks by a `TasksGivenUp` in the same transaction. */
export interface InstanceLost {
  readonly type: 'InstanceLost';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
}

/** The agent of a lost instance is back and nothing in its Docker is left of the tasks that were given up. */
export interface InstanceRecovered {
  readonly type: 'InstanceRecovered';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
}

/** The instance's attributes as they are from now on, all of them. */
export interface InstanceAttributesSet {
  readonly type: 'InstanceAttributesSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly attributes: readonly InstanceAttribute[];
}

/** The instance's tags as they are from now on, all of them. */
export interface InstanceTagsSet {
  readonly type: 'InstanceTagsSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly tags: readonly Ecs.Tag[];
}

/** What a request said of where its tasks may go and are best; a service says it for its tasks. */
export interface PlacementAsked {
  readonly count: number;
  readonly placementConstraints?: readonly Ecs.PlacementConstraint[];
  readonly placementStrategy?: readonly Ecs.PlacementStrategy[];
}

/** All that a scheduler's decision followed from beside the journal: with it the decision can be made again. */
export interface PlacementBasis {
  /** Of the state that it was made on. */
  readonly position: number;
  /** The last event of a transaction of the same scheduler that was not in that state yet and was counted as placed. */
  readonly after?: number;
  /** What chance followed from; absent when the caller named the instances. */
  readonly seed?: number;
  /** Of so many schedulers, which one: among equals each prefers its own part of the instances. */
  readonly share?: { readonly at: number; readonly of: number };
  readonly asked?: PlacementAsked;
  /** The process, and a hash of the code that it ran. */
  readonly scheduler: string;
  readonly build: string;
}

/** A scheduler's decision: these tasks run here. */
export interface TasksPlaced {
  readonly type: 'TasksPlaced';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly tasks: readonly PlacedTask[];
  /** Of the request: hash of its client token, and hash of its parameters. */
  readonly clientToken?: { readonly tokenHash: string; readonly parametersHash: string };
  /** How it was decided. Absent where no scheduler decided. */
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

/** `TasksPlaced` and what tasks report change `used` and the counters through `applyEvent`, which knows the tasks. */
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

/** With the `statusReason` that tells users what a lost instance waits for. */
function explained(instance: ContainerInstance): ContainerInstance {
  if (instance.lostAt === undefined) return without(instance, 'statusReason');
  return { ...instance, statusReason: instance.agentConnected ? RETURNED : LOST };
}

const LOST = 'The container agent was away for too long: the tasks of this container instance were stopped.';
const RETURNED =
  'The container agent is back. No tasks are placed until it has removed the containers of the tasks that were stopped.';

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
