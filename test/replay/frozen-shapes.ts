import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(__dirname, 'event-shapes.txt');

/** Every line that was ever frozen, those of older versions of events included. */
export function frozenShapes(): readonly string[] {
  return existsSync(FILE) ? readFileSync(FILE, 'utf8').split('\n').filter(Boolean) : [];
}

export const writeFrozenShapes = (lines: readonly string[]): void =>
  writeFileSync(
    FILE,
    [...new Set(lines)]
      .sort()
      .map((line) => `${line}\n`)
      .join(''),
  );

export interface ShapeChanges {
  /** Lines that extend a shape: readers of the frozen one can still read every event of before. */
  readonly extending: readonly string[];
  /** Lines that need a new version of their event, with an upcaster. */
  readonly breaking: readonly string[];
}

/** The changes since the shapes were frozen. */
export function changesSince(frozen: readonly string[], declared: readonly string[]): ShapeChanges {
  const known = new Set(frozen);
  const today = new Set(declared);
  const versions = new Set(declared.map(eventOf));
  const added = declared.filter((line) => !known.has(line)).map((line) => `+ ${line}`);
  const gone = frozen.filter((line) => !today.has(line) && versions.has(eventOf(line))).map((line) => `- ${line}`);
  const extending = added.filter((line) => extendsShape(line.slice(2), frozen));
  return { extending, breaking: [...gone, ...added.filter((line) => !extending.includes(line))] };
}

/** The versions that are frozen and no longer declared. */
export function olderVersions(frozen: readonly string[], declared: readonly string[]): readonly string[] {
  const versions = new Set(declared.map(eventOf));
  return [...new Set(frozen.map(eventOf))].filter((each) => !versions.has(each));
}

const eventOf = (line: string): string => line.slice(0, line.indexOf(' '));
const pathOf = (line: string): string => line.split(' ')[1] ?? '';

/** A new event or version, a new optional member, another shape or another type of a value that there was. */
function extendsShape(line: string, frozen: readonly string[]): boolean {
  const paths = frozen.filter((each) => eventOf(each) === eventOf(line)).map(pathOf);
  if (paths.length === 0 || paths.includes(pathOf(line))) return true;
  return prefixesOf(pathOf(line)).some((prefix) => !paths.some((path) => path.startsWith(prefix)));
}

/** The beginnings of a path that end where a member may be absent, or one of several shapes is chosen. */
function prefixesOf(path: string): readonly string[] {
  return [...path.matchAll(/[?>]/g)].map(({ index }) => path.slice(0, index + 1));
}
