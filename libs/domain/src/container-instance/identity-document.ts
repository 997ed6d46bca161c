import { invalidParameter } from '../refusal';
import type { InstanceAttribute } from './records/container-instance';

/** What a registration's identity document says of the machine. All of it may be missing. */
export interface InstanceIdentity {
  readonly instanceId?: string;
  /** Built-in attributes that follow from the document (ecs-api 5.2). */
  readonly attributes: readonly InstanceAttribute[];
}

const ATTRIBUTE_OF_MEMBER = {
  imageId: 'ecs.ami-id',
  availabilityZone: 'ecs.availability-zone',
  instanceType: 'ecs.instance-type',
  architecture: 'ecs.cpu-architecture',
} as const;

/**
 * Reads an EC2 instance identity document. An agent that has none (`NoIID`) sends an empty text. The signature is not
 * looked at: it would prove that Amazon runs the machine, which here it need not.
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
