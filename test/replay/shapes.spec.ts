import { describe, expect, it } from 'vitest';
import { UPCASTERS } from '../../libs/journal/src/upcasters';
import { declaredShapes } from './event-types';
import { changesSince, frozenShapes, olderVersions } from './frozen-shapes';
import { readRecording, recordings } from './recording';
import { undeclaredIn } from './undeclared';

const declared = declaredShapes();
const frozen = frozenShapes();

describe('the shapes of events', () => {
  it('change only with a new version and an upcaster (docs/journal.md)', () => {
    expect(changesSince(frozen, declared).breaking).toEqual([]);
  });

  it('are extended by lines in event-shapes.txt: `npm run replay:shapes` writes them', () => {
    expect(changesSince(frozen, declared).extending).toEqual([]);
  });

  it('of older versions stay frozen, and an upcaster reads each of them', () => {
    expect(olderVersions(frozen, declared).filter((version) => !(version in UPCASTERS))).toEqual([]);
  });

  it.each(recordings())('are those of all events in the recorded journal %s', (name) => {
    const undeclared = readRecording(name).flatMap(({ body }) => undeclaredIn(body['event'], frozen));
    expect([...new Set(undeclared)]).toEqual([]);
  });
});

describe('a change of a shape', () => {
  const before = ['Painted@1 color string', 'Painted@1 coats? number', 'Painted@1 tool<brush>.width number'];
  const after = (...lines: readonly string[]) => changesSince(before, [...before, ...lines]);

  it.each([
    'Painted@1 primer? string',
    'Painted@1 primer?.name string',
    'Painted@1 color number',
    'Painted@1 tool<roller>.width number',
    'Erased@1 by string',
    'Painted@2 color string',
  ])('extends it: %s', (line) => {
    expect(after(line)).toEqual({ extending: [`+ ${line}`], breaking: [] });
  });

  it.each(['Painted@1 by string', 'Painted@1 tool<brush>.hair string'])('breaks it: %s', (line) => {
    expect(after(line)).toEqual({ extending: [], breaking: [`+ ${line}`] });
  });

  it('breaks it when something is gone, unless the whole version is', () => {
    const breaking = ['- Painted@1 color string'];
    expect(changesSince(before, before.slice(1))).toEqual({ extending: [], breaking });
    expect(changesSince(before, [])).toEqual({ extending: [], breaking: [] });
    expect(olderVersions(before, ['Painted@2 color string'])).toEqual(['Painted@1']);
  });
});
