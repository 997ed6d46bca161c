import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The model of the ECS API as it was published: what generated tests walk over. */
interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  /** Of numbers. */
  readonly min?: number;
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const model = JSON.parse(
  readFileSync(join(__dirname, '../../libs/aws-api/models/ecs-2014-11-13.json'), 'utf8'),
) as Model;

/** A place in an operation's input. */
export interface Place {
  /** From the input's root: names of members, keys of maps, 0 for the entry of a list. */
  readonly path: readonly (string | number)[];
  readonly type: string;
  readonly required: boolean;
}

/** Values that are of every type but one, so that one of them is wrong anywhere. */
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

/** What must be refused where a value of `type` is wanted. */
export function wrongValues(type: string): readonly unknown[] {
  return WRONG[type] ?? [];
}

/** An input of the operation with every member there is, down to the last. */
export function wholeInput(operation: string): Record<string, unknown> {
  return sample(inputOf(operation)) as Record<string, unknown>;
}

/** Every place in that input but its root. */
export function placesIn(operation: string): readonly Place[] {
  return places(inputOf(operation), []);
}

/** A copy of `input` with something else at `path`; with `undefined` there the member is left out. */
export function withValueAt(input: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(input))
    return (input as unknown[]).map((each, at) => (at === first ? withValueAt(each, rest, value) : each));
  const members = input as Readonly<Record<string, unknown>>;
  return { ...members, [first]: withValueAt(members[first], rest, value) };
}

function inputOf(operation: string): string {
  const input = model.operations[operation]?.input.shape;
  if (input === undefined) throw new Error(`The model has no ${operation}.`);
  return input;
}

function shapeOf(name: string): Shape {
  const shape = model.shapes[name];
  if (!shape) throw new Error(`The model has no ${name}.`);
  return shape;
}

function sample(name: string): unknown {
  const shape = shapeOf(name);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members ?? {}).map(([member, { shape: of }]) => [member, sample(of)]),
      );
    case 'list':
      return [sample(shape.member?.shape ?? '')];
    case 'map':
      return { key: sample(shape.value?.shape ?? '') };
    case 'string':
      return shape.enum?.[0] ?? 'a';
    case 'boolean':
      return true;
    default:
      return Math.max(1, shape.min ?? 1);
  }
}

function places(name: string, path: readonly (string | number)[]): readonly Place[] {
  const shape = shapeOf(name);
  const children: readonly (readonly [string | number, string, boolean])[] = [
    ...Object.entries(shape.members ?? {}).map(
      ([member, { shape: of }]) => [member, of, (shape.required ?? []).includes(member)] as const,
    ),
    ...(shape.member ? [[0, shape.member.shape, false] as const] : []),
    ...(shape.value ? [['key', shape.value.shape, false] as const] : []),
  ];
  return children.flatMap(([step, of, required]) => {
    const here = [...path, step];
    return [{ path: here, type: shapeOf(of).type, required }, ...places(of, here)];
  });
}
