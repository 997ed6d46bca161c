import { Inject, Injectable } from '@nestjs/common';
import {
  byCloseness,
  invariant,
  type PlaceServiceTasks,
  type PlaceServiceTasksAnswer,
  SERVICE_REFUSALS_MAX,
} from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import { type OperationRequest, RUNTIME, type Runtime } from '@stowage/runtime';
import type { InstanceRefusal } from '../core/placement-request';
import { requirement } from '../core/refusal-detail';
import { decideServiceTasks } from '../core/service-tasks';
import { drawRandomness } from './draw-randomness';
import { PlacementQueues } from './placement-queues';

/** The answer, and its position. */
export interface StartedForService {
  readonly output: PlaceServiceTasksAnswer;
  readonly sequence: number;
}

/**
 * Starts tasks for services. The controller sends the number of tasks and the sequence of the service that it has read.
 * The placements and the service's step are one transaction, which expects the service unchanged since that sequence. A
 * lost answer is therefore harmless, and of two controllers one gets the answer that its request is stale.
 */
@Injectable()
export class ServiceTaskStarter {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'fold'>,
    private readonly queues: PlacementQueues,
  ) {}

  async start({ input, caller }: OperationRequest<PlaceServiceTasks>): Promise<StartedForService> {
    const { cluster, service, expected, where } = input;
    const subject = subjectOf({ kind: 'service', cluster, service });
    const count = where.kind === 'anywhere' ? where.count : where.instances.length;
    const { seed, chance } = drawRandomness(count);
    const outcome = await this.queues.submit({
      cluster,
      atLeast: input.decidedAt,
      actor: caller.principal,
      cause: caller.requestId,
      expects: [{ subject, sequence: expected }],
      ...(where.kind === 'anywhere' && { seed, asked: { count } }),
      decide: (state, share) => {
        const serviceSequence = this.runtime.fold.lastSequenceOf(subject);
        return decideServiceTasks(input, { state, share, serviceSequence, ...chance() });
      },
    });
    const { sequence } = outcome;
    if (outcome.kind === 'stale') return { output: { outcome: 'stale' }, sequence };
    invariant(outcome.kind === 'placed', 'A request for a service has no client token.');
    const { placements, refusals } = outcome.decision;
    const tasks = placements.map(({ instance, task }) => ({ task: task.id, instance }));
    return { output: { outcome: 'decided', tasks, ...summaryOf(refusals), sequence }, sequence };
  }
}

type Summary = Pick<Extract<PlaceServiceTasksAnswer, { outcome: 'decided' }>, 'refusals' | 'refused' | 'curedBy'>;

/** Returns the closest refusals, the number of refusals per reason, and the events that may cure any of them. */
function summaryOf(refusals: readonly InstanceRefusal[]): Summary {
  const closest = [...refusals].sort(byCloseness).slice(0, SERVICE_REFUSALS_MAX);
  const refused: Record<string, number> = {};
  for (const { reason } of refusals) refused[reason] = (refused[reason] ?? 0) + 1;
  return {
    refusals: closest.map(({ instance, ...unfit }) => ({
      instance,
      reason: unfit.reason,
      detail: requirement(unfit),
    })),
    refused,
    curedBy: [...new Set(refusals.flatMap(({ curedBy }) => curedBy))],
  };
}
