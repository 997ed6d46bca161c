import { invariant } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import { PlacementIndex } from '../core/index/placement-index';
import { WHOLE } from '../core/pick';
import { signed } from './placement-batch';
import type { PlacementJob, PlacementOutcome } from './placement-job';
import type { PlacementPeers } from './placement-peers';

export interface ExpectingJob {
  readonly job: PlacementJob;
  /** The ledgers must be unchanged since this sequence. */
  readonly expect: number;
  readonly self: PlacementPeers['self'];
}

/**
 * Commits a placement that expects the ledgers unchanged since `expect`. It is committed alone, because other
 * placements in the same transaction would change what it expects. For the same reason it is decided without pending
 * placements; if those make it wrong, the journal rejects it. A repeated decision finds the same.
 * @throws Refusal that names the event that was committed first
 */
export async function placeExpecting(
  { commands, fold }: Pick<Runtime, 'commands' | 'fold'>,
  { job, expect, self }: ExpectingJob,
): Promise<PlacementOutcome> {
  const { atLeast, actor, cause, deduplicationKey: key } = job;
  const earlier = key === undefined ? undefined : fold.sequenceOfKey(key);
  if (earlier !== undefined) return { kind: 'repeated', sequence: earlier };
  const { result, sequence, duplicate } = await commands.execute({
    decide: (state, at) => {
      const index = PlacementIndex.of(state).cluster(job.cluster);
      const decision = index.withoutReservations(() => job.decide(state, WHOLE));
      invariant(decision.kind === 'decided', 'A conditional placement is never for a service.');
      const basis = { position: fold.position, share: WHOLE, ...self, after: undefined };
      return {
        events: signed(decision.events, job, basis),
        result: { decision, at },
        ...(key !== undefined && { deduplicationKey: key }),
      };
    },
    ...{ atLeast, expect, actor, cause },
  });
  return duplicate ? { kind: 'repeated', sequence } : { kind: 'placed', ...result, sequence };
}
