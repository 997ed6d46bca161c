import { describe, expect, it } from 'vitest';
import { UnknownEvent, upcast, type Upcaster } from './upcasters';

const current = { Painted: 3 };
const upcasters: Readonly<Record<string, Upcaster>> = {
  'Painted@1': ({ color, ...rest }) => ({ ...rest, version: 2, colors: [color] }),
  'Painted@2': (body) => ({ ...body, version: 3, coats: 1 }),
  'Loop@1': (body) => body,
};

describe('events of older versions', () => {
  it('are read as the newest version, step by step', () => {
    const event = upcast({ type: 'Painted', version: 1, color: 'red' }, upcasters, current);
    expect(event).toEqual({ type: 'Painted', version: 3, colors: ['red'], coats: 1 });
  });

  it.each([
    { type: 'Painted', version: 4 },
    { type: 'Erased', version: 1 },
    { type: 'Loop', version: 1 },
    { version: 1 },
    { type: 'Painted' },
    { type: 'toString', version: 1 },
  ])('are never skipped when they are unknown: %j', (body) => {
    expect(() => upcast(body, upcasters, current)).toThrow(UnknownEvent);
  });
});
