import type { ClusterName, PlacementAsked, ReadonlyClusterState } from '@stowage/domain';
import type { Expectation } from '@stowage/journal';
import type { Share } from '../core/pick';
import type { PlacementDecision, ServicePlacementDecision } from '../core/placement-decision';

/** A request to place tasks, waiting for its turn. */
export interface PlacementJob {
  readonly cluster: ClusterName;
  /** The least position to decide from. */
  readonly atLeast: number;
  readonly actor: string;
  readonly cause: string;
  readonly deduplicationKey?: string;
  /** What chance follows from, and what was asked for: with the state they make the decision. */
  readonly seed?: number;
  readonly asked?: PlacementAsked;
  /** What must hold beside the ledgers: the service, as its controller saw it. */
  readonly expects?: readonly Expectation[];
  /** Pure; throws `Refusal`. */
  readonly decide: (state: ReadonlyClusterState, share: Share) => ServicePlacementDecision;
}

/** By which it is known that two jobs must not be decided on the same state: client token, and service. */
export function keysOf({ deduplicationKey, expects = [] }: PlacementJob): readonly string[] {
  return [...(deduplicationKey ? [deduplicationKey] : []), ...expects.map(({ subject }) => subject)];
}

/** What became of a job. */
export type PlacementOutcome =
  | { readonly kind: 'placed'; readonly decision: PlacementDecision; readonly sequence: number; readonly at: number }
  /** An earlier request with the same deduplication key has its last event at `sequence`. */
  | { readonly kind: 'repeated'; readonly sequence: number }
  /** Of tasks for a service: it has moved on, and nothing was placed. `sequence`: where that is known from. */
  | { readonly kind: 'stale'; readonly sequence: number };

export interface Waiting {
  readonly job: PlacementJob;
  readonly deadline: number;
  readonly resolve: (outcome: PlacementOutcome) => void;
  readonly reject: (error: unknown) => void;
  conflicts: number;
}
