/**
 * Description of an API value for decoding. Generated tables consist of these. The classes into which structures are
 * decoded check the limits on values.
 */
export type Shape = ScalarShape | ListShape | MapShape | StructureShape;

export interface ScalarShape {
  readonly kind: 'string' | 'integer' | 'long' | 'double' | 'boolean' | 'timestamp';
}

export interface ListShape {
  readonly kind: 'list';
  readonly member: Shape;
}

/** Keys are always strings. */
export interface MapShape {
  readonly kind: 'map';
  readonly value: Shape;
}

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  /** Class of the decoded values. Its decorators are the checks. */
  readonly type: new () => object;
  readonly members: ReadonlyMap<string, Shape>;
  /** Members that clients omit by sending them blank: `""`, 0, `[]` or `{}`. */
  readonly absentWhenBlank: ReadonlySet<string>;
}

export const string: ScalarShape = { kind: 'string' };
/** 32 bits. */
export const integer: ScalarShape = { kind: 'integer' };
/** 64 bits in the model. JavaScript represents 53 bits exactly, and larger values are rejected. */
export const long: ScalarShape = { kind: 'long' };
export const double: ScalarShape = { kind: 'double' };
export const boolean: ScalarShape = { kind: 'boolean' };
/** Decoded to seconds since the epoch. */
export const timestamp: ScalarShape = { kind: 'timestamp' };

export const list = (member: Shape): ListShape => ({ kind: 'list', member });
export const map = (value: Shape): MapShape => ({ kind: 'map', value });

/** `members` contains the shape of each member by its name. `absentWhenBlank` is a subset of these names. */
export function structure(
  name: string,
  type: new () => object,
  members: Readonly<Record<string, Shape>>,
  absentWhenBlank: readonly string[] = [],
): StructureShape {
  return {
    kind: 'structure',
    name,
    type,
    members: new Map(Object.entries(members)),
    absentWhenBlank: new Set(absentWhenBlank),
  };
}

/** Returns true if a member has a value with which clients mean "not given". */
export function isBlank(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0;
}
