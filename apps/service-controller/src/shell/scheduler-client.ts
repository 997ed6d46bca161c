import { PLACE_SERVICE_TASKS, type PlaceServiceTasks, type PlaceServiceTasksAnswer } from '@stowage/domain';
import { OwnersClient, refusalFrom, type Runtime } from '@stowage/runtime';
import { randomUUID } from 'node:crypto';
import { ACTOR } from './actor';

/** Client of the scheduler. Any replica answers, and commits the placements together with the service's step. */
export class SchedulerClient {
  private readonly owners: OwnersClient;

  constructor(
    private readonly runtime: Pick<Runtime, 'nats' | 'now'>,
    private readonly timeoutMs: number,
  ) {
    this.owners = new OwnersClient(runtime.nats);
  }

  /**
   * @throws OwnerUnavailable if there is no answer, so that it is unknown whether tasks were placed; Refusal if the
   * scheduler is overloaded.
   */
  async place(input: PlaceServiceTasks): Promise<PlaceServiceTasksAnswer> {
    const request = {
      operation: PLACE_SERVICE_TASKS,
      input,
      caller: { principal: ACTOR, requestId: randomUUID() },
      atLeast: input.decidedAt,
      receivedAt: this.runtime.now(),
    };
    const reply = await this.owners.requestOperation<PlaceServiceTasksAnswer>('scheduler', request, this.timeoutMs);
    if (!reply.ok) throw refusalFrom(reply.refusal);
    return reply.output;
  }
}
