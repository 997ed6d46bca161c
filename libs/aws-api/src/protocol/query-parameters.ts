import { ApiError } from '../errors';
import { entryPath, memberPath } from '../model/member-path';
import {
  isBlank,
  type ListShape,
  type MapShape,
  type ScalarShape,
  type Shape,
  type StructureShape,
} from '../model/shape';
import { checkedText } from './checked-text';

/** Largest number of parameters in one request. No operation needs as many. */
export const QUERY_PARAMETERS_MAX = 10_000;

/** The parameters of a Query request as a tree: `a.member.1.b=c` is `c` under `a`, `member`, `1`, `b`. */
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

/**
 * Decodes the parameters of an AWS Query request to an instance of the input's class: lists are `Name.member.N`
 * (`Name=` is an empty one), maps `Name.entry.N.key|value`, and structures dotted (ecs-api 3.3). Unknown parameters are
 * dropped, and blank members in `absentWhenBlank` are absent.
 * @throws ApiError SerializationException that names the parameter with a wrong type.
 */
export function decodeQuery(shape: StructureShape, parameters: URLSearchParams): object {
  const root: Node = { children: new Map() };
  let count = 0;
  for (const [name, value] of parameters) {
    count += 1;
    if (count > QUERY_PARAMETERS_MAX) throw new ApiError('SerializationException', 'Too many parameters.');
    insert(root, name.split('.'), value);
  }
  return decodeStructure(shape, root, '');
}

function insert(root: Node, names: readonly string[], value: string): void {
  let node = root;
  for (const name of names) {
    const next = node.children.get(name) ?? { children: new Map<string, Node>() };
    node.children.set(name, next);
    node = next;
  }
  node.value = value;
}

function decode(shape: Shape, node: Node, path: string): unknown {
  switch (shape.kind) {
    case 'structure':
      return decodeStructure(shape, node, path);
    case 'list':
      return decodeList(shape, node, path);
    case 'map':
      return decodeMap(shape, node, path);
    default:
      return decodeScalar(shape, node, path);
  }
}

function decodeStructure(shape: StructureShape, node: Node, path: string): object {
  const decoded = new shape.type();
  for (const [member, memberShape] of shape.members) {
    const child = node.children.get(member);
    if (!child) continue;
    const value = decode(memberShape, child, memberPath(path, member));
    if (isBlank(value) && shape.absentWhenBlank.has(member)) continue;
    Reflect.set(decoded, member, value);
  }
  return decoded;
}

function decodeList(shape: ListShape, node: Node, path: string): unknown[] {
  if (node.children.size === 0 && node.value === '') return [];
  return inOrder(node.children.get('member'), path).map((entry, at) =>
    decode(shape.member, entry, entryPath(path, at)),
  );
}

function decodeMap(shape: MapShape, node: Node, path: string): object {
  if (node.children.size === 0 && node.value === '') return {};
  const entries = inOrder(node.children.get('entry'), path).map((entry): readonly [string, unknown] => {
    const key = entry.children.get('key')?.value;
    const value = entry.children.get('value');
    if (key === undefined || !value) throw wrongValue('a key and a value', path);
    return [checkedText(key, path), decode(shape.value, value, memberPath(path, key))];
  });
  return Object.fromEntries(entries);
}

/** Returns the numbered children in ascending order. Gaps are ignored. */
function inOrder(node: Node | undefined, path: string): readonly Node[] {
  if (!node) throw wrongValue('numbered entries', path);
  const entries = [...node.children].map(([number, child]) => {
    if (!/^[1-9]\d{0,5}$/.test(number)) throw wrongValue('entries numbered from 1', path);
    return { at: Number(number), child };
  });
  return entries.sort((a, b) => a.at - b.at).map(({ child }) => child);
}

function decodeScalar({ kind }: ScalarShape, { value }: Node, path: string): unknown {
  if (value === undefined) throw wrongValue('one value', path);
  switch (kind) {
    case 'string':
      return checkedText(value, path);
    case 'boolean':
      if (value !== 'true' && value !== 'false') throw wrongValue('true or false', path);
      return value === 'true';
    case 'timestamp': {
      const at = Date.parse(value);
      if (Number.isNaN(at)) throw wrongValue('a time in ISO 8601', path);
      return at / 1000;
    }
    case 'double':
      if (value.trim() === '' || !Number.isFinite(Number(value))) throw wrongValue('a number', path);
      return Number(value);
    case 'integer':
    case 'long':
      if (!/^-?\d{1,15}$/.test(value)) throw wrongValue('a whole number', path);
      return Number(value);
  }
}

function wrongValue(wanted: string, path: string): ApiError {
  return new ApiError('SerializationException', `${path} must be ${wanted}.`);
}
