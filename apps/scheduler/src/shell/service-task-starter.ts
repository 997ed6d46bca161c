import { invariant, type PlaceServiceTasks, type PlaceServiceTasksAnswer } from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import type { OperationRequest, Runtime } from '@stowage/runtime';
import { decideServiceTasks } from '../core/service-tasks';
import { drawn } from './drawn';
import type { PlacementLanes } from './placement-lanes';

/** What is sent back, and the position that it is true for. */
export interface StartedForService {
  readonly output: PlaceServiceTasksAnswer;
  readonly sequence: number;
}

/**
 * Tasks for services: a controller says how many and what it knew of the service; the placements and the service's step
 * are one transaction, which expects the service to be as the controller knew it. So a lost answer does no harm, and of
 * two controllers one is told that its question is stale.
 */
export class ServiceTaskStarter {
  constructor(
    private readonly runtime: Pick<Runtime, 'fold'>,
    private readonly lanes: PlacementLanes,
  ) {}

  async start({ input, caller }: OperationRequest<PlaceServiceTasks>): Promise<StartedForService> {
    const { cluster, service, expected, where } = input;
    const subject = subjectOf({ kind: 'service', cluster, service });
    const chance = drawn(where.kind === 'anywhere' ? where.count : where.instances.length);
    const outcome = await this.lanes.submit({
      cluster,
      atLeast: input.decidedAt,
      actor: caller.principal,
      cause: caller.requestId,
      expects: [{ subject, sequence: expected }],
      decide: (state, busy) => {
        const serviceSequence = this.runtime.fold.lastSequenceOf(subject);
        return decideServiceTasks(input, { state, busy, serviceSequence, ...chance() });
      },
    });
    const { sequence } = outcome;
    if (outcome.kind === 'stale') return { output: { outcome: 'stale' }, sequence };
    invariant(outcome.kind === 'placed', 'Tasks for services bear no client token.');
    const { placements, refusals } = outcome.decision;
    const tasks = placements.map(({ instance, task }) => ({ task: task.id, instance }));
    return { output: { outcome: 'decided', tasks, refusals, sequence }, sequence };
  }
}
