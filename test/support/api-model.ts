import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The published models of the APIs, from which tests are generated. */
interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  /** Bounds of numbers. */
  readonly min?: number;
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const read = (file: string): Model =>
  JSON.parse(readFileSync(join(__dirname, '../../libs/domain/models', file), 'utf8')) as Model;

const MODELS = { ecs: read('ecs-2014-11-13.json'), elbv2: read('elbv2-2015-12-01.json') };
export type ModelledService = keyof typeof MODELS;

/** Names of shapes whose strings must have a certain form. */
const SAMPLES: Readonly<Record<string, string>> = {
  CustomerOwnedIpv4Pool: 'ipv4pool-coip-a',
  FixedResponseActionStatusCode: '200',
  IpamPoolId: 'ipam-pool-a',
  RedirectActionProtocol: 'HTTPS',
};

/** A member, key or entry within the input of an operation. */
export interface Place {
  /** Path from the root of the input: names of members, keys of maps, 0 for the entry of a list. */
  readonly path: readonly (string | number)[];
  readonly type: string;
  readonly required: boolean;
  /** The structure that has the member. Absent for entries of lists and maps. */
  readonly structure?: string;
}

/** Values of different types, so that at least one of them is invalid for any member. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, true, {}, ['a']],
  integer: ['7', true, {}, [7], 1.5, 2 ** 31],
  long: ['7', true, {}, [7], 1.5, 2 ** 60],
  double: ['7', true, {}, [7]],
  boolean: ['true', 1, {}, [true]],
  list: ['a', 7, true, { a: 1 }],
  map: ['a', 7, true, ['a']],
  structure: ['a', 7, true, ['a']],
};

/** Returns values that must be rejected for a member of `type`. */
export function wrongValues(type: string): readonly unknown[] {
  return WRONG[type] ?? [];
}

/** Returns an input of the operation with every member at every level. */
export function wholeInput(operation: string, service: ModelledService = 'ecs'): Record<string, unknown> {
  const model = MODELS[service];
  return sample(model, inputOf(model, operation)) as Record<string, unknown>;
}

/** Returns every place in that input except its root. */
export function placesIn(operation: string, service: ModelledService = 'ecs'): readonly Place[] {
  const model = MODELS[service];
  return places(model, inputOf(model, operation), []);
}

/** The only maps of Elastic Load Balancing. The Query protocol encodes them in its own way. */
export const QUERY_MAPS = 'AuthenticationRequestExtraParams';

/** Like {@link wholeInput}, for Elastic Load Balancing and without the maps. */
export function wholeQueryInput(operation: string): Record<string, unknown> {
  const withoutMaps = (member: string, value: unknown): unknown => (member === QUERY_MAPS ? undefined : value);
  return JSON.parse(JSON.stringify(wholeInput(operation, 'elbv2'), withoutMaps)) as Record<string, unknown>;
}

/** Returns an input as parameters of the Query protocol, without the members that are `undefined`. */
export function queryOf(input: unknown, name = ''): URLSearchParams {
  const parameters = new URLSearchParams();
  if (typeof input !== 'object' || input === null) {
    if (input !== undefined) parameters.set(name, typeof input === 'string' ? input : JSON.stringify(input));
    return parameters;
  }
  const members: readonly (readonly [string, unknown])[] = Array.isArray(input)
    ? (input as unknown[]).map((entry, at) => [`member.${String(at + 1)}`, entry] as const)
    : Object.entries(input);
  if (members.length === 0 && name !== '') parameters.set(name, '');
  for (const [step, value] of members) {
    for (const [key, text] of queryOf(value, name === '' ? step : `${name}.${step}`)) parameters.append(key, text);
  }
  return parameters;
}

/** Returns a copy of `input` with another value at `path`. With `undefined`, the member is removed. */
export function withValueAt(input: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(input))
    return (input as unknown[]).map((each, at) => (at === first ? withValueAt(each, rest, value) : each));
  if (input === undefined && typeof first === 'number') return [withValueAt(undefined, rest, value)];
  const members = (input ?? {}) as Readonly<Record<string, unknown>>;
  return { ...members, [first]: withValueAt(members[first], rest, value) };
}

function inputOf(model: Model, operation: string): string {
  const input = model.operations[operation]?.input.shape;
  if (input === undefined) throw new Error(`The model has no ${operation}.`);
  return input;
}

function shapeOf(model: Model, name: string): Shape {
  const shape = model.shapes[name];
  if (!shape) throw new Error(`The model has no ${name}.`);
  return shape;
}

function sample(model: Model, name: string): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members ?? {}).map(([member, { shape: of }]) => [member, sample(model, of)]),
      );
    case 'list':
      return [sample(model, shape.member?.shape ?? '')];
    case 'map':
      return { key: sample(model, shape.value?.shape ?? '') };
    case 'string':
      return SAMPLES[name] ?? shape.enum?.[0] ?? 'a';
    case 'boolean':
      return true;
    default:
      return Math.max(1, shape.min ?? 1);
  }
}

function places(model: Model, name: string, path: readonly (string | number)[]): readonly Place[] {
  const shape = shapeOf(model, name);
  const place = (step: string | number, of: string, rest: Pick<Place, 'required' | 'structure'>): readonly Place[] => {
    const here = [...path, step];
    return [{ path: here, type: shapeOf(model, of).type, ...rest }, ...places(model, of, here)];
  };
  return [
    ...Object.entries(shape.members ?? {}).flatMap(([member, { shape: of }]) =>
      place(member, of, { required: (shape.required ?? []).includes(member), structure: name }),
    ),
    ...(shape.member ? place(0, shape.member.shape, { required: false }) : []),
    ...(shape.value ? place('key', shape.value.shape, { required: false }) : []),
  ];
}
