import { type InstanceId, invariant } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import type { PlacementJob, PlacementOutcome } from './placement-lanes';

const NOBODY: ReadonlySet<InstanceId> = new Set();

/**
 * Places what expects the ledgers unchanged since `expect`. It goes into the journal alone: others' placements in the same
 * transaction would change what it expects. @throws Refusal that names the event that was faster.
 */
export async function placeExpecting(
  { commands, fold }: Pick<Runtime, 'commands' | 'fold'>,
  job: PlacementJob,
  expect: number,
): Promise<PlacementOutcome> {
  const { atLeast, actor, cause, deduplicationKey: key } = job;
  const earlier = key === undefined ? undefined : fold.sequenceOfKey(key);
  if (earlier !== undefined) return { kind: 'repeated', sequence: earlier };
  const { result, sequence, duplicate } = await commands.execute({
    decide: (state, at) => {
      const decision = job.decide(state, NOBODY);
      invariant(decision.kind === 'decided', 'Nothing is busy, and no service is asked about.');
      return {
        events: decision.events,
        result: { decision, at },
        ...(key !== undefined && { deduplicationKey: key }),
      };
    },
    ...{ atLeast, expect, actor, cause },
  });
  return duplicate ? { kind: 'repeated', sequence } : { kind: 'placed', ...result, sequence };
}
