import type { ClusterName, PlacementAsked, ReadonlyClusterState } from '@stowage/domain';
import type { Expectation } from '@stowage/journal';
import type { Share } from '../core/pick';
import type { PlacementDecision, ServicePlacementDecision } from '../core/placement-decision';

/** A request to place tasks that waits in a queue. */
export interface PlacementJob {
  readonly cluster: ClusterName;
  /** Lowest position from which it may be decided. */
  readonly atLeast: number;
  readonly actor: string;
  readonly cause: string;
  readonly deduplicationKey?: string;
  /** The seed and the request. Together with the state they determine the decision. */
  readonly seed?: number;
  readonly asked?: PlacementAsked;
  /** Expectations in addition to those on the ledgers: the service as its controller read it. */
  readonly expects?: readonly Expectation[];
  /** Pure. Throws `Refusal`. */
  readonly decide: (state: ReadonlyClusterState, share: Share) => ServicePlacementDecision;
}

/** Keys of the job. Two jobs with the same client token or service must not be decided on the same state. */
export function keysOf({ deduplicationKey, expects = [] }: PlacementJob): readonly string[] {
  return [...(deduplicationKey ? [deduplicationKey] : []), ...expects.map(({ subject }) => subject)];
}

/** The outcome of a job. */
export type PlacementOutcome =
  | { readonly kind: 'placed'; readonly decision: PlacementDecision; readonly sequence: number; readonly at: number }
  /** An earlier request with the same deduplication key has its last event at `sequence`. */
  | { readonly kind: 'repeated'; readonly sequence: number }
  /**
   * The service has changed since its controller read it, and nothing was placed. `sequence`: the position at which
   * this is known.
   */
  | { readonly kind: 'stale'; readonly sequence: number };

export interface Waiting {
  readonly job: PlacementJob;
  readonly deadline: number;
  readonly resolve: (outcome: PlacementOutcome) => void;
  readonly reject: (error: unknown) => void;
  conflicts: number;
}
