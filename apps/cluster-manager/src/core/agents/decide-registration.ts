import {
  activeCluster,
  checkAttribute,
  checkAttributeCount,
  checkTags,
  clientError,
  type ContainerInstance,
  type InstanceAttribute,
  type InstanceId,
  type InstanceRegistered,
  type InstanceReregistered,
  isReservedAttribute,
  keptAttributes,
  keptTags,
  type ReadonlyClusterState,
  type RegisteredResources,
  type RegisterRequest,
  type Resources,
} from '@stowage/domain';

export interface Registration {
  readonly instance: InstanceId;
  readonly request: RegisterRequest;
  /** Whether the books ever had this instance in this cluster. */
  readonly hasLedger: boolean;
  /** What `ecs.availability-zone` is when the agent does not say. */
  readonly defaultAvailabilityZone: string;
}

/**
 * An agent says that it is there: for the first time, or again. No events: nothing is new. Reads the cluster, which must
 * be expected unchanged. @throws Refusal when the instance may not, or no more, be in the cluster.
 */
export function decideRegistration(
  state: ReadonlyClusterState,
  registration: Registration,
): readonly (InstanceRegistered | InstanceReregistered)[] {
  const { instance: id, request, hasLedger } = registration;
  activeCluster(state, request.cluster);
  checkJoined(state, registration);
  const instance = state.instances.get(id);
  if (instance && instance.cluster !== request.cluster) {
    throw clientError(`Container instance ${id} is registered in cluster ${instance.cluster}.`);
  }
  // What has a ledger and is no longer in the state has left its cluster, for good.
  if (instance?.status === 'INACTIVE' || (!instance && hasLedger)) {
    throw clientError(`Referenced container instance ${id} not registered.`);
  }
  const attributes = keptAttributes(request.attributes);
  attributes.filter(({ name }) => !isReservedAttribute(name)).forEach(checkAttribute);
  return instance ? reregistered(instance, request, attributes) : [registered(registration, attributes)];
}

/** An agent that joined with a token belongs to the cluster that the token is for. */
function checkJoined(state: ReadonlyClusterState, { instance, request }: Registration): void {
  for (const token of state.joinTokens.values()) {
    if (token.cluster !== request.cluster && token.usedBy.includes(instance)) {
      throw clientError(`Container instance ${instance} joined cluster ${token.cluster}.`);
    }
  }
}

function registered(
  { instance, request, defaultAvailabilityZone }: Registration,
  attributes: readonly InstanceAttribute[],
): InstanceRegistered {
  checkTags(request.tags);
  checkAttributeCount(attributes);
  const names = new Set(attributes.map(({ name }) => name));
  const builtIn = [
    { name: 'ecs.availability-zone', value: defaultAvailabilityZone },
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
  ];
  return {
    type: 'InstanceRegistered',
    version: 1,
    cluster: request.cluster,
    instance,
    ec2InstanceId: request.ec2InstanceId,
    versionInfo: request.versionInfo,
    resources: request.resources,
    attributes: [...attributes, ...builtIn.filter(({ name }) => !names.has(name))],
    tags: keptTags(request.tags),
  };
}

function reregistered(
  instance: ContainerInstance,
  request: RegisterRequest,
  attributes: readonly InstanceAttribute[],
): readonly InstanceReregistered[] {
  const event: InstanceReregistered = {
    type: 'InstanceReregistered',
    version: 1,
    cluster: instance.cluster,
    instance: instance.id,
    versionInfo: request.versionInfo,
    resources: roomForPlaced(request.resources, instance.used),
    attributes: [...attributes.filter(({ name }) => isReservedAttribute(name)), ...keptOnes(instance, attributes)],
  };
  return isNews(instance, event) ? [event] : [];
}

/**
 * What the agent says of itself is as new as it can be. Custom attributes are the user's: the agent's own were taken over
 * at the first registration, and one that was deleted since must not come back.
 */
function keptOnes(instance: ContainerInstance, said: readonly InstanceAttribute[]): readonly InstanceAttribute[] {
  const names = new Set(said.map(({ name }) => name));
  return instance.attributes.filter(
    ({ name }) => !isReservedAttribute(name) || (!names.has(name) && BUILT_IN.includes(name)),
  );
}

const BUILT_IN = ['ecs.availability-zone', 'ecs.os-type', 'ecs.os-family'];

/** A machine may come back smaller. The books stay true: they give up only what no task was placed on. */
function roomForPlaced(said: RegisteredResources, used: Resources): RegisteredResources {
  return {
    cpu: Math.max(said.cpu, used.cpu),
    memory: Math.max(said.memory, used.memory),
    ports: said.ports.filter((port) => !used.ports.includes(port)),
    portsUdp: said.portsUdp.filter((port) => !used.portsUdp.includes(port)),
    gpus: [...new Set([...said.gpus, ...used.gpus])],
  };
}

function isNews(instance: ContainerInstance, event: InstanceReregistered): boolean {
  const before = [instance.versionInfo, instance.registered, sorted(instance.attributes)];
  const after = [event.versionInfo, event.resources, sorted(event.attributes)];
  return JSON.stringify(before) !== JSON.stringify(after);
}

function sorted(attributes: readonly InstanceAttribute[]): readonly (readonly [string, string | undefined])[] {
  return attributes.map(({ name, value }) => [name, value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}
