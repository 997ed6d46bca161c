import { invalidParameter } from '../refusal';
import type { InstanceAttribute } from './records/container-instance';

/** Machine properties from the identity document of a registration. Each may be absent. */
export interface InstanceIdentity {
  readonly instanceId?: string | undefined;
  /** Built-in attributes that are derived from the document (ecs-api 5.2). */
  readonly attributes: readonly InstanceAttribute[];
}

const ATTRIBUTE_OF_MEMBER = {
  imageId: 'ecs.ami-id',
  availabilityZone: 'ecs.availability-zone',
  instanceType: 'ecs.instance-type',
  architecture: 'ecs.cpu-architecture',
} as const;

/**
 * Parses an EC2 instance identity document. An agent without a document (`NoIID`) sends an empty text. The signature is
 * ignored, because it would only prove that Amazon operates the machine.
 *
 * @throws Refusal if the document is not a JSON object.
 */
export function readIdentityDocument(text: string | undefined): InstanceIdentity {
  if (text === undefined || text.trim() === '') return { attributes: [] };
  const document = parsed(text);
  const member = (name: string): string | undefined => {
    const value = document.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const attributes = Object.entries(ATTRIBUTE_OF_MEMBER).flatMap(([from, name]) => {
    const value = member(from);
    return value === undefined ? [] : [{ name, value }];
  });
  return { instanceId: member('instanceId'), attributes };
}

function parsed(text: string): ReadonlyMap<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw invalidParameter('The instance identity document is not JSON.');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalidParameter('The instance identity document is not an object.');
  }
  return new Map(Object.entries(document));
}
