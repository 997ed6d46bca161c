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

const INTEGER_MIN = -2_147_483_648;
const INTEGER_MAX = 2_147_483_647;

/** Terms of AWS's JSON front end for the type of a value. */
const FOUND = { string: 'STRING_VALUE', number: 'NUMBER_VALUE', boolean: 'BOOLEAN_VALUE' } as const;
const WANTED = {
  string: 'a String',
  integer: 'an Integer',
  long: 'a Long',
  double: 'a Double',
  boolean: 'a Boolean',
  timestamp: 'a Timestamp',
} as const;

/**
 * Decodes the body of an AWS JSON request to an instance of its input's class. Unknown members are dropped. Null
 * members are absent, and so are blank members in `absentWhenBlank`.
 * @throws ApiError SerializationException that names the member with a wrong type.
 */
export function decodeJson(shape: StructureShape, body: Buffer): object {
  return decodeStructure(shape, parsed(body), '');
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new ApiError('SerializationException', 'The request body is not valid JSON.');
  }
}

/** Invalid UTF-8 is rejected and never replaced. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(shape: Shape, value: unknown, path: string): unknown {
  switch (shape.kind) {
    case 'structure':
      return decodeStructure(shape, value, path);
    case 'list':
      return decodeList(shape, value, path);
    case 'map':
      return decodeMap(shape, value, path);
    default:
      return decodeScalar(shape, value, path);
  }
}

function decodeStructure(shape: StructureShape, value: unknown, path: string): object {
  const found = objectOf(value, path);
  const decoded = new shape.type();
  for (const [member, memberShape] of shape.members) {
    if (!Object.hasOwn(found, member)) continue;
    const given = found[member];
    if (given === null) continue;
    const value = decode(memberShape, given, memberPath(path, member));
    if (isBlank(given) && shape.absentWhenBlank.has(member)) continue;
    Reflect.set(decoded, member, value);
  }
  return decoded;
}

function decodeList(shape: ListShape, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw wrongType(value, 'a List', path);
  const entries: readonly unknown[] = value;
  return entries.map((entry, at) => decode(shape.member, entry, entryPath(path, at)));
}

function decodeMap(shape: MapShape, value: unknown, path: string): object {
  const decoded: [string, unknown][] = [];
  for (const [key, given] of Object.entries(objectOf(value, path))) {
    if (given !== null) decoded.push([checkedText(key, path), decode(shape.value, given, memberPath(path, key))]);
  }
  // Assignment is not safe, because a key may be `__proto__`.
  return Object.fromEntries(decoded);
}

function decodeScalar({ kind }: ScalarShape, value: unknown, path: string): unknown {
  if (kind === 'string' || kind === 'boolean') {
    if (typeof value !== kind) throw wrongType(value, WANTED[kind], path);
    return typeof value === 'string' ? checkedText(value, path) : value;
  }
  if (typeof value !== 'number') throw wrongType(value, WANTED[kind], path);
  const exact = kind === 'integer' || kind === 'long';
  const outside = kind === 'integer' ? value < INTEGER_MIN || value > INTEGER_MAX : !Number.isFinite(value);
  if (outside || (exact && !Number.isSafeInteger(value))) throw wrongType(value, WANTED[kind], path);
  return value;
}

function objectOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(value, 'a Structure', path);
  return value as Readonly<Record<string, unknown>>;
}

function wrongType(value: unknown, wanted: string, path: string): ApiError {
  const where = path === '' ? 'the request body' : path;
  const text =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? `${FOUND[typeof value as keyof typeof FOUND]} can not be converted to ${wanted}: ${where}`
      : `Start of structure, list or null found where ${wanted} is expected: ${where}`;
  return new ApiError('SerializationException', text);
}
