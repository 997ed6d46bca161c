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
  /** True if the journal has a ledger of this instance in this cluster. */
  readonly hasLedger: boolean;
  /** Value of `ecs.availability-zone` if the agent reports none. */
  readonly defaultAvailabilityZone: string;
}

/**
 * Decides the first or a repeated registration of an agent. Returns no events if nothing changed. Reads the cluster,
 * which the caller must expect to be unchanged.
 * @throws Refusal if the instance may not be in the cluster, or was deregistered.
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
  // An instance with a ledger that is not in the state was deregistered, which is final.
  if (instance?.status === 'INACTIVE' || (!instance && hasLedger)) {
    throw clientError(`Referenced container instance ${id} not registered.`);
  }
  const attributes = keptAttributes(request.attributes);
  attributes.filter(({ name }) => !isReservedAttribute(name)).forEach(checkAttribute);
  return instance ? reregistered(instance, request, attributes) : [registered(registration, attributes)];
}

/** An agent that joined with a token belongs to the cluster of that token. */
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
 * The agent's own attributes are always the newest. Custom attributes belong to the user: those of the agent were taken
 * over at the first registration, and one that the user deleted since must not return.
 */
function keptOnes(instance: ContainerInstance, reported: readonly InstanceAttribute[]): readonly InstanceAttribute[] {
  const names = new Set(reported.map(({ name }) => name));
  return instance.attributes.filter(
    ({ name }) => !isReservedAttribute(name) || (!names.has(name) && BUILT_IN.includes(name)),
  );
}

const BUILT_IN = ['ecs.availability-zone', 'ecs.os-type', 'ecs.os-family'];

/** A machine may return with fewer resources. The ledger keeps what placed tasks use, so that it stays correct. */
function roomForPlaced(reported: RegisteredResources, used: Resources): RegisteredResources {
  return {
    cpu: Math.max(reported.cpu, used.cpu),
    memory: Math.max(reported.memory, used.memory),
    ports: reported.ports.filter((port) => !used.ports.includes(port)),
    portsUdp: reported.portsUdp.filter((port) => !used.portsUdp.includes(port)),
    gpus: [...new Set([...reported.gpus, ...used.gpus])],
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
