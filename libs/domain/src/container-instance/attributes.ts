import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type * as Ecs from '../ecs/shapes';
import type { ClusterName, InstanceId } from '../ids';
import { invalidParameter, Refusal } from '../refusal';
import type { ContainerInstance, InstanceAttribute, InstanceAttributesSet } from './records/container-instance';
import { registeredInstance } from './find-instance';

/** Largest number of custom attributes of one instance, and of attributes in one request (ecs-api 4.3). */
export const CUSTOM_ATTRIBUTES_MAX = 10;
export const ATTRIBUTES_PER_REQUEST_MAX = 10;
const NAME_PATTERN = /^[A-Za-z0-9\-_./\\]{1,128}$/;
const VALUE_PATTERN = /^(?! )[A-Za-z0-9\-_./\\@: ]{1,128}(?<! )$/;
const RESERVED_PREFIXES = ['ecs.', 'com.amazonaws.ecs.'];

/** An attribute of a request with its resolved target. Ids and ARNs are parsed before a command is decided. */
export interface TargetedAttribute extends InstanceAttribute {
  readonly instance: InstanceId;
  /** The target as the client wrote it, for the error message. */
  readonly targetId: string;
}

/** Returns true if ECS defines the attribute, which then describes the agent's capabilities or location. */
export const isReservedAttribute = (name: string): boolean =>
  RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));

/** @throws Refusal in ECS's words if the characters or lengths of name or value are not valid (ecs-api 5.3). */
export function checkAttribute({ name, value }: InstanceAttribute): void {
  if (!NAME_PATTERN.test(name)) {
    throw invalidParameter(
      `Invalid attribute name '${name}': 1 to 128 letters (a-z, A-Z), numbers, hyphens, underscores, slashes and periods.`,
    );
  }
  if (value !== undefined && !VALUE_PATTERN.test(value)) {
    throw invalidParameter(
      `Invalid value of attribute '${name}': 1 to 128 letters, numbers, spaces and - _ . / \\ @ :, no space first or last.`,
    );
  }
}

/** Decides PutAttributes: sets or replaces custom attributes on all targets or on none. */
export function decidePutAttributes(
  state: ReadonlyClusterState,
  cluster: ClusterName,
  attributes: readonly TargetedAttribute[],
): readonly InstanceAttributesSet[] {
  checkRequest(state, cluster, attributes);
  attributes.forEach(checkAttribute);
  return changed(state, cluster, attributes, (instance, wanted) => {
    const merged = new Map(instance.attributes.map((attribute) => [attribute.name, attribute]));
    for (const { name, value } of wanted) merged.set(name, { name, ...(value !== undefined && { value }) });
    const next = [...merged.values()];
    checkAttributeCount(next);
    return next;
  });
}

/** @throws Refusal in ECS's words if the instance would have too many custom attributes. */
export function checkAttributeCount(attributes: readonly InstanceAttribute[]): void {
  if (attributes.filter(({ name }) => !isReservedAttribute(name)).length > CUSTOM_ATTRIBUTES_MAX) {
    throw new Refusal(
      'AttributeLimitExceededException',
      `A container instance can have at most ${CUSTOM_ATTRIBUTES_MAX} custom attributes.`,
    );
  }
}

/**
 * Decides DeleteAttributes: removes by name, or by name and value if a value is given. Absent attributes are ignored.
 */
export function decideDeleteAttributes(
  state: ReadonlyClusterState,
  cluster: ClusterName,
  attributes: readonly TargetedAttribute[],
): readonly InstanceAttributesSet[] {
  checkRequest(state, cluster, attributes);
  return changed(state, cluster, attributes, (instance, unwanted) =>
    instance.attributes.filter(
      ({ name, value }) =>
        !unwanted.some((one) => one.name === name && (one.value === undefined || one.value === value)),
    ),
  );
}

function checkRequest(
  state: ReadonlyClusterState,
  cluster: ClusterName,
  attributes: readonly TargetedAttribute[],
): void {
  activeCluster(state, cluster);
  if (attributes.length === 0) throw invalidParameter('Attributes can not be empty.');
  if (attributes.length > ATTRIBUTES_PER_REQUEST_MAX) {
    throw invalidParameter(`At most ${ATTRIBUTES_PER_REQUEST_MAX} attributes can be given in one request.`);
  }
  for (const { name, instance, targetId } of attributes) {
    if (isReservedAttribute(name)) {
      throw invalidParameter(
        `Attribute '${name}' is reserved: custom attributes do not begin with ecs. or com.amazonaws.ecs.`,
      );
    }
    if (!registeredInstance(state, cluster, instance)) {
      throw new Refusal('TargetNotFoundException', `The specified target was not found: ${targetId}`);
    }
  }
}

function changed(
  state: ReadonlyClusterState,
  cluster: ClusterName,
  attributes: readonly TargetedAttribute[],
  next: (instance: ContainerInstance, own: readonly TargetedAttribute[]) => readonly InstanceAttribute[],
): readonly InstanceAttributesSet[] {
  const targets = [...new Set(attributes.map(({ instance }) => instance))];
  return targets.flatMap((id) => {
    const instance = registeredInstance(state, cluster, id);
    if (!instance) return [];
    const own = attributes.filter((attribute) => attribute.instance === id);
    const after = next(instance, own);
    if (sameAttributes(instance.attributes, after)) return [];
    return [{ type: 'InstanceAttributesSet', version: 1, cluster, instance: id, attributes: after } as const];
  });
}

function sameAttributes(a: readonly InstanceAttribute[], b: readonly InstanceAttribute[]): boolean {
  return a.length === b.length && a.every(({ name, value }, at) => b[at]?.name === name && b[at].value === value);
}

/** Returns the attributes of a registration without their targets. The last attribute of a name counts. */
export function keptAttributes(attributes: readonly Ecs.Attribute[]): readonly InstanceAttribute[] {
  const kept = new Map<string, InstanceAttribute>();
  for (const { name, value } of attributes) kept.set(name, { name, ...(value !== undefined && { value }) });
  return [...kept.values()];
}
