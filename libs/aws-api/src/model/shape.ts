/**
 * What a value of the API looks like, so far as decoding it needs to know. Generated tables are made of these; the
 * limits on values are checked by the classes that structures are decoded into.
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
  /** The class of decoded values; its decorators are the checks. */
  readonly type: new () => object;
  readonly members: ReadonlyMap<string, Shape>;
  /** Members that a client leaves out by sending them blank: `""`, 0, `[]` or `{}`. */
  readonly absentWhenBlank: ReadonlySet<string>;
}

export const string: ScalarShape = { kind: 'string' };
/** 32 bits. */
export const integer: ScalarShape = { kind: 'integer' };
/** 64 bits in the model; of those JavaScript reads 53 exactly, and no more are accepted. */
export const long: ScalarShape = { kind: 'long' };
export const double: ScalarShape = { kind: 'double' };
export const boolean: ScalarShape = { kind: 'boolean' };
/** Decoded to seconds since the epoch. */
export const timestamp: ScalarShape = { kind: 'timestamp' };

export const list = (member: Shape): ListShape => ({ kind: 'list', member });
export const map = (value: Shape): MapShape => ({ kind: 'map', value });

/** `members` holds the shape of each member by its name. `absentWhenBlank` is a part of these names. */
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

/** Whether a member's value is one that clients send for "not given". */
export function isBlank(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0;
}
