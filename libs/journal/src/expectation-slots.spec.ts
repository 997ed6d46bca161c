import { describe, expect, it } from 'vitest';
import { placeExpectations } from './expectation-slots';
import { parseSubject } from './subjects';

const on = (subject: string) => parseSubject(`journal.${subject}`);
const expecting = (subject: string, sequence = 1) => ({ subject: on(subject), sequence });

describe('where expectations stand', () => {
  it('an own one stands on the first event of its subject', () => {
    const placed = placeExpectations([on('a'), on('b'), on('a')], [expecting('a'), expecting('b')]);
    expect(placed).toEqual({ guards: [], onEvents: [expecting('a'), expecting('b'), undefined] });
  });

  it('one on what was only read rides on an event that is free', () => {
    const placed = placeExpectations([on('a'), on('a')], [expecting('r'), expecting('a')]);
    expect(placed).toEqual({ guards: [], onEvents: [expecting('a'), expecting('r')] });
  });

  it('with more of them than free events the rest are guards', () => {
    const placed = placeExpectations([on('a')], [expecting('a'), expecting('r'), expecting('s')]);
    expect(placed).toEqual({ guards: [expecting('r'), expecting('s')], onEvents: [expecting('a')] });
  });

  it('a pattern over what is written is a guard, before any event', () => {
    const placed = placeExpectations([on('i.c.1'), on('i.c.1')], [expecting('*.c.>')]);
    expect(placed).toEqual({ guards: [expecting('*.c.>')], onEvents: [undefined, undefined] });
  });
});
