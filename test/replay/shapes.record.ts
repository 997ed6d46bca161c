import { expect, it } from 'vitest';
import { declaredShapes } from './event-types';
import { changesSince, frozenShapes, writeFrozenShapes } from './frozen-shapes';

it('adds to the frozen shapes what extends them', () => {
  const [frozen, declared] = [frozenShapes(), declaredShapes()];
  const { breaking } = changesSince(frozen, declared);
  expect(breaking, 'These events need a new version and an upcaster (docs/journal.md)').toEqual([]);
  writeFrozenShapes([...frozen, ...declared]);
});
