import type { DomainEvent } from '@stowage/domain';

type Versions = { readonly [Type in DomainEvent['type']]: Extract<DomainEvent, { readonly type: Type }>['version'] };

/** The version of each event that is written today. A new kind of event gets its line here. */
const CURRENT: Versions = {
  JournalOpened: 1,
  ClusterCreated: 1,
  ClusterUpdated: 1,
  ClusterDeleted: 1,
  ClusterTagsSet: 1,
  InstanceRegistered: 1,
  InstanceReregistered: 1,
  InstanceStatusChanged: 1,
  InstanceDeregistered: 1,
  InstanceConnectionChanged: 1,
  InstanceLost: 1,
  InstanceRecovered: 1,
  InstanceAttributesSet: 1,
  InstanceTagsSet: 1,
  TasksPlaced: 1,
  TaskStopRequested: 1,
  TaskDrained: 1,
  TaskProgressed: 1,
  TaskStopped: 1,
  TasksGivenUp: 1,
  TaskTagsSet: 1,
  TaskProtectionSet: 1,
  ServiceCreated: 1,
  ServiceUpdated: 1,
  DaemonResized: 1,
  DeploymentStarted: 1,
  ServiceStepTaken: 1,
  DeploymentCompleted: 1,
  DeploymentFailed: 1,
  SteadyStateReached: 1,
  ServiceMessagesRecorded: 1,
  ServiceDeletionRequested: 1,
  ServiceDeleted: 1,
  ServiceTagsSet: 1,
  TaskDefinitionRegistered: 1,
  TaskDefinitionDeregistered: 1,
  TaskDefinitionDeletionRequested: 1,
  TaskDefinitionDeleted: 1,
  TaskDefinitionTagsSet: 1,
  LoadBalancerCreated: 1,
  LoadBalancerUpdated: 1,
  LoadBalancerStateChanged: 1,
  LoadBalancerDeleted: 1,
  LoadBalancerTagsSet: 1,
  ListenerCreated: 1,
  ListenerUpdated: 1,
  ListenerDeleted: 1,
  RuleCreated: 1,
  RuleUpdated: 1,
  RuleDeleted: 1,
  RulePrioritiesSet: 1,
  TargetGroupCreated: 1,
  TargetGroupUpdated: 1,
  TargetGroupDeleted: 1,
  TargetGroupTagsSet: 1,
  TargetsRegistered: 1,
  TargetsDeregistered: 1,
  TargetsDrained: 1,
  TargetHealthChanged: 1,
  AccountSettingPut: 1,
  AccountSettingDeleted: 1,
  PrincipalCreated: 1,
  AccessKeyCreated: 1,
  AccessKeyDeleted: 1,
  JoinTokenCreated: 1,
  JoinTokenUsed: 1,
};

/** An event as it was stored, of whatever version. */
export type StoredBody = Readonly<Record<string, unknown>>;
/** Makes an event of one version into the next one, without loss of meaning. */
export type Upcaster = (body: StoredBody) => StoredBody;

/** By `<type>@<version that it reads>`. None yet: every event is at its first version. */
export const UPCASTERS: Readonly<Record<string, Upcaster>> = {};

/** The journal holds an event that this build does not know: it was written by a newer one. Never skipped. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** So many versions one event may be behind. */
const STEPS_MAX = 100;

/** The event in today's version. @throws UnknownEvent */
export function upcast(
  body: StoredBody,
  upcasters: Readonly<Record<string, Upcaster>> = UPCASTERS,
  current: Readonly<Record<string, number>> = CURRENT,
): DomainEvent {
  let event = body;
  for (let step = 0; step <= STEPS_MAX; step += 1) {
    const { type, version } = event;
    if (typeof type !== 'string' || typeof version !== 'number') break;
    // The codec's cast: what was stored under this type and version is what the types say.
    if (current[type] === version) return event as unknown as DomainEvent;
    const upcaster = upcasters[`${type}@${String(version)}`];
    if (!upcaster) break;
    event = upcaster(event);
  }
  throw new UnknownEvent(
    `The journal holds ${JSON.stringify(event['type'])}, version ${JSON.stringify(event['version'])}, ` +
      'which this build does not know. Run a newer one.',
  );
}
