import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type * as Ecs from '../ecs/shapes';
import type { ClusterName, InstanceId } from '../ids';
import { clientError, invalidParameter } from '../refusal';
import { checkTags, keptTags } from '../tags';
import { checkAttribute, checkAttributeCount, isReservedAttribute, keptAttributes } from './attributes';
import type {
  ContainerInstance,
  InstanceAttribute,
  InstanceRegistered,
  InstanceReregistered,
} from './records/container-instance';
import { registeredInstance } from './find-instance';
import { type InstanceIdentity, readIdentityDocument } from './identity-document';
import type { RegisteredResources } from '../resources';
import { readTotalResources } from './total-resources';

/** RegisterContainerInstance as agents call it. The published model does not contain the agent's `clientToken`. */
export interface RegisterInstance {
  readonly cluster: ClusterName;
  readonly input: Ecs.RegisterContainerInstanceRequest & { readonly clientToken?: string };
  /** Id of the known instance, parsed from `containerInstanceArn`. */
  readonly registeredAs?: InstanceId;
  /** For a new instance: its id, and the EC2 instance id of a machine that has none. */
  readonly newId: InstanceId;
  readonly newEc2InstanceId: string;
  /** Value of `ecs.availability-zone` if neither the document nor the agent provides one. */
  readonly defaultAvailabilityZone: string;
}

export interface RegisterInstanceDecision {
  readonly events: readonly (InstanceRegistered | InstanceReregistered)[];
  readonly instance: InstanceId;
}

const CLIENT_TOKEN_PATTERN = /^[!-~]{1,64}$/;
const INSTANCE_TYPE = 'ecs.instance-type';

/**
 * Decides the registration of a new instance or of a known agent (ecs-api 5.2). Reads the cluster, so the commit must
 * expect the cluster's subject unchanged. Otherwise a concurrent DeleteCluster could be missed.
 */
export function decideRegisterInstance(
  state: ReadonlyClusterState,
  command: RegisterInstance,
): RegisterInstanceDecision {
  const { cluster, input, registeredAs } = command;
  activeCluster(state, cluster);
  const unknown = input.platformDevices?.find(({ type }) => type !== 'GPU');
  if (unknown) throw clientError(`The setting 'platformDevices' of type ${unknown.type} is not supported.`);
  if (input.clientToken !== undefined && !CLIENT_TOKEN_PATTERN.test(input.clientToken)) {
    throw invalidParameter('clientToken must be 1 to 64 ASCII characters between 33 and 126.');
  }
  const identity = readIdentityDocument(input.instanceIdentityDocument);
  const attributes = sentAttributes(input, identity);
  if (registeredAs !== undefined) return reregistered(state, command, { id: registeredAs, attributes });
  const known = instanceOfToken(state, cluster, input.clientToken);
  if (known) return { events: [], instance: known.id };
  checkTags(input.tags ?? []);
  checkAttributeCount(attributes);
  return { events: [registered(command, attributes, identity)], instance: command.newId };
}

/** Returns the instance that was registered with this client token. */
export function instanceOfToken(
  state: ReadonlyClusterState,
  cluster: ClusterName,
  token: string | undefined,
): ContainerInstance | undefined {
  if (token === undefined) return undefined;
  for (const id of state.instancesOf(cluster)) {
    const instance = registeredInstance(state, cluster, id);
    if (instance?.clientToken === token) return instance;
  }
  return undefined;
}

/**
 * Returns every attribute exactly as the agent sent it, because the agent compares them, followed by the attributes of
 * the document.
 */
function sentAttributes(
  input: Ecs.RegisterContainerInstanceRequest,
  identity: InstanceIdentity,
): readonly InstanceAttribute[] {
  const sent = keptAttributes(input.attributes ?? []);
  sent.filter(({ name }) => !isReservedAttribute(name)).forEach(checkAttribute);
  return withMissing(sent, identity.attributes);
}

function registered(
  { cluster, input, newId, newEc2InstanceId, defaultAvailabilityZone }: RegisterInstance,
  attributes: readonly InstanceAttribute[],
  identity: InstanceIdentity,
): InstanceRegistered {
  const builtIn = [
    { name: 'ecs.availability-zone', value: defaultAvailabilityZone },
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
  ];
  return {
    type: 'InstanceRegistered',
    version: 1,
    cluster,
    instance: newId,
    ec2InstanceId: identity.instanceId ?? newEc2InstanceId,
    versionInfo: input.versionInfo ?? {},
    resources: registeredResources(input),
    attributes: withMissing(attributes, builtIn),
    tags: keptTags(input.tags),
    ...(input.clientToken !== undefined && { clientToken: input.clientToken }),
  };
}

/** ECS's agent lists its GPUs as devices of the platform. */
function registeredResources({
  totalResources = [],
  platformDevices = [],
}: Ecs.RegisterContainerInstanceRequest): RegisteredResources {
  const read = readTotalResources(totalResources);
  return { ...read, gpus: [...new Set([...read.gpus, ...platformDevices.map(({ id }) => id)])] };
}

interface Returning {
  readonly id: InstanceId;
  readonly attributes: readonly InstanceAttribute[];
}

/**
 * Replaces the agent's capabilities. Custom and built-in attributes stay, and so do the resources, because the placed
 * tasks were counted against them.
 */
function reregistered(
  state: ReadonlyClusterState,
  { cluster, input }: RegisterInstance,
  { id, attributes }: Returning,
): RegisterInstanceDecision {
  const instance = registeredInstance(state, cluster, id);
  if (!instance) throw clientError(`Referenced container instance ${id} not registered.`);
  const type = attributes.find(({ name }) => name === INSTANCE_TYPE)?.value;
  const typeBefore = instance.attributes.find(({ name }) => name === INSTANCE_TYPE)?.value;
  if (type !== undefined && typeBefore !== undefined && type !== typeBefore) {
    throw clientError(
      `Container instance type changes are not supported. Container instance ${id} was previously registered as ${typeBefore}.`,
    );
  }
  const kept = instance.attributes.filter(({ name }) => !isCapability(name));
  const next = withMissing(attributes, kept);
  checkAttributeCount(next);
  const event: InstanceReregistered = {
    type: 'InstanceReregistered',
    version: 1,
    cluster,
    instance: id,
    versionInfo: input.versionInfo ?? instance.versionInfo,
    resources: instance.registered,
    attributes: next,
  };
  return { events: [event], instance: id };
}

const isCapability = (name: string): boolean =>
  name.startsWith('com.amazonaws.ecs.capability.') || name.startsWith('ecs.capability.');

function withMissing(
  attributes: readonly InstanceAttribute[],
  others: readonly InstanceAttribute[],
): readonly InstanceAttribute[] {
  const names = new Set(attributes.map(({ name }) => name));
  return [...attributes, ...others.filter(({ name }) => !names.has(name))];
}
