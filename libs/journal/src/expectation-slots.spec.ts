import { describe, expect, it } from 'vitest';
import { placeExpectations } from './expectation-slots';
import { parseSubject } from './subjects';

const on = (subject: string) => parseSubject(`journal.${subject}`);
const expecting = (subject: string, sequence = 1) => ({ subject: on(subject), sequence });

describe('the messages that carry expectations', () => {
  it('an expectation on a written subject is on the first event of that subject', () => {
    const placed = placeExpectations([on('a'), on('b'), on('a')], [expecting('a'), expecting('b')]);
    expect(placed).toEqual({ guards: [], onEvents: [expecting('a'), expecting('b'), undefined] });
  });

  it('an expectation on a read subject is on an event without another expectation', () => {
    const placed = placeExpectations([on('a'), on('a')], [expecting('r'), expecting('a')]);
    expect(placed).toEqual({ guards: [], onEvents: [expecting('a'), expecting('r')] });
  });

  it('further expectations become guards', () => {
    const placed = placeExpectations([on('a')], [expecting('a'), expecting('r'), expecting('s')]);
    expect(placed).toEqual({ guards: [expecting('r'), expecting('s')], onEvents: [expecting('a')] });
  });

  it('a pattern over a written subject is a guard before all events', () => {
    const placed = placeExpectations([on('i.c.1'), on('i.c.1')], [expecting('*.c.>')]);
    expect(placed).toEqual({ guards: [expecting('*.c.>')], onEvents: [undefined, undefined] });
  });
});
