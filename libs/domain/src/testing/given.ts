import { expect } from 'vitest';
import { applyEvent } from '../state/apply-event';
import { ClusterState, type ReadonlyClusterState } from '../state/cluster-state';
import type { DomainEvent } from '../state/events';
import { Refusal, type RefusalCode } from '../refusal';

/** Default time of the given events: 2025-01-01T00:00:00Z. */
export const T0 = Date.UTC(2025, 0, 1);

/** A pure decision on a state. It returns events, or an object that contains them. Throws `Refusal`. */
type Decide = (state: ReadonlyClusterState) => readonly DomainEvent[] | { readonly events: readonly DomainEvent[] };

interface Outcome {
  /** Expects exactly these events in this order, or no event without arguments. */
  then(...expected: readonly DomainEvent[]): void;
  /** Expects a rejection with this code and, if given, this text. */
  thenRefused(code: RefusalCode, message?: string): void;
  /** Throws the rejection if there was one. */
  readonly events: readonly DomainEvent[];
  /** Returns the state with the decided events applied. */
  readonly state: ClusterState;
}

/** Returns the state after applying `events`. */
export function stateOf(events: readonly DomainEvent[], at = T0): ClusterState {
  const state = new ClusterState();
  for (const event of events) applyEvent(state, event, { at });
  return state;
}

/** `given(...events).when(decide).then(...events)`: tests an aggregate with nothing but its events and commands. */
export function given(...history: readonly DomainEvent[]): { when(decide: Decide): Outcome } {
  return {
    when: (decide) => {
      const state = stateOf(history);
      const outcome = attempt(decide, state);
      return {
        then: (...expected) => expect(eventsOf(outcome)).toEqual(expected),
        thenRefused: (code, message) => {
          expect(outcome).toBeInstanceOf(Refusal);
          const expected = message === undefined ? { code } : { code, message };
          expect(outcome).toMatchObject(expected);
        },
        get events() {
          return eventsOf(outcome);
        },
        get state() {
          return stateOf([...history, ...eventsOf(outcome)]);
        },
      };
    },
  };
}

function attempt(decide: Decide, state: ReadonlyClusterState): readonly DomainEvent[] | Refusal {
  try {
    const decided = decide(state);
    return 'events' in decided ? decided.events : decided;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function eventsOf(outcome: readonly DomainEvent[] | Refusal): readonly DomainEvent[] {
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}
