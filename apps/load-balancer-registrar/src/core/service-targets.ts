import {
  addressOfInstance,
  begunDraining,
  deregisteredTargets,
  deregisterTargets,
  type DomainEvent,
  type EpochMs,
  loadBalancersOf,
  messagesOf,
  type Random,
  type ReadonlyClusterState,
  registeredTargets,
  type ServiceMessageDraft,
  type ServiceKey,
  serviceKey,
  type ServiceLoadBalancer,
  type Target,
  type TargetGroup,
  targetGroupOf,
  targetKey,
  type TargetRegistration,
  type TargetsRegistered,
  type Task,
  type TaskOfTarget,
} from '@stowage/domain';

/**
 * Returns the events that make the targets of services those of their tasks. A task is a target of its groups while its
 * status and its desired status are RUNNING. Targets that users registered stay as they are.
 */
export function serviceTargetEvents(
  state: ReadonlyClusterState,
  { now, random }: { readonly now: EpochMs; readonly random: Random },
): readonly DomainEvent[] {
  const wanted = wantedTargets(state);
  const drafts = new Map<ServiceKey, ServiceMessageDraft[]>();
  const events = [...state.targetGroups.values()].flatMap((group): readonly DomainEvent[] => {
    const should = wanted.get(group.name) ?? [];
    const missing = should.filter((registration) => !isThere(group, registration));
    const surplus = group.targets.filter((target) => target.task && !target.drainUntil && !isTaken(should, target));
    addMessages(state, drafts, { group, missing, surplus });
    const registered: TargetsRegistered = {
      type: 'TargetsRegistered',
      version: 1,
      targetGroup: group.name,
      targets: missing,
    };
    return [
      ...(missing.length > 0 ? [registered] : []),
      ...deregisterTargets(state, group, { targets: surplus, at: now }),
    ];
  });
  return [...events, ...messages(state, drafts, random)];
}

interface Wanted {
  readonly task: Task;
  readonly registration: TargetRegistration;
}

/**
 * Returns the targets by the name of their group. A port of an instance belongs to the task that started last: the
 * other task with this port has ended, although its agent has not reported it yet.
 */
function wantedTargets(state: ReadonlyClusterState): ReadonlyMap<string, readonly TargetRegistration[]> {
  const wanted = new Map<string, Map<string, Wanted>>();
  for (const [key, { deployments }] of state.services) {
    if (!deployments.some(({ revision }) => revision.loadBalancers?.length)) continue;
    for (const id of state.tasksOf(key)) {
      const task = state.tasks.get(id);
      if (task?.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING') continue;
      for (const each of loadBalancersOf(state, task)) {
        const group = targetGroupOf(state, each);
        const registration = group && registrationOf(state, { task, wanted: each, group });
        if (!registration) continue;
        const ofGroup = wanted.get(group.name) ?? new Map<string, Wanted>();
        const holder = ofGroup.get(targetKey(registration))?.task;
        if (!holder || isLater(task, holder)) ofGroup.set(targetKey(registration), { task, registration });
        wanted.set(group.name, ofGroup);
      }
    }
  }
  return new Map([...wanted].map(([name, found]) => [name, [...found.values()].map((each) => each.registration)]));
}

/** Returns true if `one` started after `other`. */
function isLater(one: Task, other: Task): boolean {
  const [started, before] = [one.startedAt ?? 0, other.startedAt ?? 0];
  return started > before || (started === before && one.id > other.id);
}

/** Returns undefined if the agent reported no host port for the container. */
function registrationOf(
  state: ReadonlyClusterState,
  { task, wanted, group }: { readonly task: Task; readonly wanted: ServiceLoadBalancer; readonly group: TargetGroup },
): TargetRegistration | undefined {
  const { containerName: container, containerPort } = wanted;
  const bindings = task.containers.find(({ name }) => name === container)?.networkBindings ?? [];
  const binding = bindings.find((each) => each.containerPort === containerPort && (each.protocol ?? 'tcp') === 'tcp');
  const instance = state.instances.get(task.instance);
  if (binding?.hostPort === undefined || !instance || !task.service) return undefined;
  const address = isSpecific(binding.bindIP) ? binding.bindIP : addressOfInstance(instance);
  const of: TaskOfTarget = {
    cluster: task.cluster,
    service: task.service.name,
    task: task.id,
    container,
    containerPort,
  };
  return {
    id: group.targetType === 'ip' ? address : instance.ec2InstanceId,
    port: binding.hostPort,
    address,
    ...(task.availabilityZone !== undefined && { availabilityZone: task.availabilityZone }),
    task: of,
  };
}

const isSpecific = (address: string | undefined): address is string =>
  address !== undefined && address !== '' && address !== '0.0.0.0' && address !== '::';

/** A draining target does not count, so that its task is registered again. */
function isThere({ targets }: TargetGroup, wanted: TargetRegistration): boolean {
  return targets.some((target) => target.drainUntil === undefined && isSame(target, wanted));
}

/**
 * Returns true if a target is wanted in its place: the new registration replaces it, and a deregistration would remove the new
 * one.
 */
const isTaken = (wanted: readonly TargetRegistration[], target: Target): boolean =>
  wanted.some((each) => targetKey(each) === targetKey(target));

const isSame = (target: Target, wanted: TargetRegistration): boolean =>
  targetKey(target) === targetKey(wanted) &&
  target.task?.task === wanted.task?.task &&
  target.address === wanted.address;

interface Change {
  readonly group: TargetGroup;
  readonly missing: readonly TargetRegistration[];
  readonly surplus: readonly Target[];
}

/** Adds the messages for the services' events, in the order in which ECS writes them. */
function addMessages(
  state: ReadonlyClusterState,
  drafts: Map<ServiceKey, ServiceMessageDraft[]>,
  { group, missing, surplus }: Change,
): void {
  const add = (
    targets: readonly TargetRegistration[],
    text: (service: string, arn: string, count: number) => ServiceMessageDraft,
  ): void => {
    for (const [key, own] of byService(targets)) {
      const service = state.services.get(key);
      const arn = service && arnOf(service, group);
      if (service && arn !== undefined)
        drafts.set(key, [...(drafts.get(key) ?? []), text(service.name, arn, own.length)]);
    }
  };
  add(missing, (service, arn, count) => registeredTargets(service, count, arn));
  add(surplus, (service, arn, count) => deregisteredTargets(service, count, arn));
  for (const [key, own] of byService(surplus)) {
    const service = state.services.get(key);
    const task = state.tasks.get(own[0]?.task?.task ?? ('' as Task['id']));
    if (service && task?.service) {
      drafts.set(key, [...(drafts.get(key) ?? []), begunDraining(service.name, task.service.deployment, own.length)]);
    }
  }
}

function byService<Some extends TargetRegistration>(
  targets: readonly Some[],
): ReadonlyMap<ServiceKey, readonly Some[]> {
  const found = new Map<ServiceKey, Some[]>();
  for (const target of targets) {
    if (!target.task) continue;
    const key = serviceKey(target.task.cluster, target.task.service);
    const others = found.get(key);
    if (others) others.push(target);
    else found.set(key, [target]);
  }
  return found;
}

/** Returns the ARN as the service's user wrote it. */
function arnOf(
  {
    deployments,
  }: {
    readonly deployments: readonly { readonly revision: { readonly loadBalancers?: readonly ServiceLoadBalancer[] } }[];
  },
  { name, id }: TargetGroup,
): string | undefined {
  const all = deployments.flatMap(({ revision }) => revision.loadBalancers ?? []);
  return all.find(({ targetGroupArn }) => targetGroupArn.endsWith(`:targetgroup/${name}/${id}`))?.targetGroupArn;
}

function messages(
  state: ReadonlyClusterState,
  drafts: ReadonlyMap<ServiceKey, readonly ServiceMessageDraft[]>,
  random: Random,
): readonly DomainEvent[] {
  return [...drafts].flatMap(([key, own]): readonly DomainEvent[] => {
    const service = state.services.get(key);
    if (!service) return [];
    const { cluster, name } = service;
    return [{ type: 'ServiceMessagesRecorded', version: 1, cluster, service: name, messages: messagesOf(own, random) }];
  });
}
