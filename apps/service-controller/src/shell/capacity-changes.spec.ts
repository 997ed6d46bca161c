import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  type CuringEvent,
  type DomainEvent,
  PLACE_SERVICE_TASKS,
  type PlaceServiceTasks,
  type PlaceServiceTasksAnswer,
} from '@stowage/domain';
import {
  replyFrom,
  type OperationReply,
  type OperationRequest,
  operationSubject,
  OwnersClient,
  type RunningApp,
  startOwner,
} from '@stowage/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../../test/support/runtime';
import { startServiceController } from '../app';
import { ServiceControllerConfig } from '../config';
import { CLUSTER, clusterEvents, instance, placed, registered, stopped, task } from '../testing/service-history';

const WAIT = { timeout: 10_000, interval: 5 };
const ANOTHER = { id: task(1), instance: instance(0) };

/** Services of this test, by the events that may cure their rejections. */
const CURED_BY: Readonly<Record<string, readonly CuringEvent[]>> = {
  'waits-for-room': ['TaskStopped', 'TasksGivenUp'],
  'waits-for-attributes': ['InstanceAttributesSet'],
};
const requests: Record<string, number> = {};

/** A scheduler without capacity. */
@Controller()
class FullScheduler {
  @MessagePattern(operationSubject('scheduler', PLACE_SERVICE_TASKS))
  place(@Payload() { input }: OperationRequest<PlaceServiceTasks>): Promise<OperationReply<PlaceServiceTasksAnswer>> {
    requests[input.service] = (requests[input.service] ?? 0) + 1;
    const answer = {
      outcome: 'decided' as const,
      tasks: [],
      refusals: [{ instance: instance(0), reason: 'RESOURCE:MEMORY' }],
      refused: { 'RESOURCE:MEMORY': 1 },
      curedBy: CURED_BY[input.service] ?? [],
      sequence: input.decidedAt,
    };
    return replyFrom(() => Promise.resolve({ output: answer, sequence: input.decidedAt }));
  }
}

@Module({ controllers: [FullScheduler] })
class FullSchedulerModule {}

describe('services whose tasks could not be placed', () => {
  let runtime: TestRuntime;
  let apps: readonly RunningApp[];

  beforeAll(async () => {
    runtime = await testRuntime();
    const config = Object.assign(new ServiceControllerConfig(), { placementRoomMs: 5, placementRetryMs: 600_000 });
    apps = [await startOwner(runtime, 'scheduler', FullSchedulerModule), await startServiceController(runtime, config)];
    await commit(...clusterEvents(), placed([ANOTHER.id], { service: undefined }));
    for (const service of Object.keys(CURED_BY)) await createService(service);
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await runtime.close();
  });

  async function commit(...events: readonly DomainEvent[]): Promise<void> {
    const decide = () => ({ events, result: undefined });
    await runtime.commands.execute({ decide, atLeast: 0, actor: 'service:test', cause: 'test' });
  }

  async function createService(serviceName: string): Promise<void> {
    const request = {
      operation: 'CreateService',
      input: { cluster: CLUSTER, serviceName, taskDefinition: 'web', desiredCount: 1 },
      caller: { principal: 'arn:aws:iam::123456789012:root', requestId: 'request' },
      atLeast: await runtime.journal.lastSequence(),
      receivedAt: 0,
    };
    const reply = await new OwnersClient(runtime.nats).requestOperation('service-controller', request, WAIT.timeout);
    expect(reply).toMatchObject({ ok: true });
  }

  /**
   * One event wakes both services in one pass, so that a request for one implies that the other was checked as well.
   */
  const areRequested = (room: number, attributes: number) =>
    vi.waitFor(() => expect(requests).toEqual({ 'waits-for-room': room, 'waits-for-attributes': attributes }), WAIT);
  const haveMessage = () =>
    [...runtime.fold.state.services.values()].map(({ lastSent }) => lastSent['unable-to-place'] !== undefined);

  it('are retried after an event that may cure their rejection, and after no other event', async () => {
    await areRequested(1, 1);
    // Recording the message is an event of the service and must not cause a retry.
    await vi.waitFor(() => expect(haveMessage()).toEqual([true, true]), WAIT);
    const on = { version: 1, cluster: CLUSTER, instance: instance(0) } as const;
    await commit({ ...on, type: 'InstanceAttributesSet', attributes: [{ name: 'rack', value: '1' }] });
    await areRequested(1, 2);
    await commit(stopped(ANOTHER));
    await areRequested(2, 2);
    await commit({ ...on, type: 'InstanceStatusChanged', status: 'DRAINING' });
    await commit({ ...on, type: 'InstanceAttributesSet', attributes: [] });
    await areRequested(2, 3);
  });

  it('are all retried when an instance is registered', async () => {
    const before = { ...requests };
    await commit(...registered(1));
    await areRequested((before['waits-for-room'] ?? 0) + 1, (before['waits-for-attributes'] ?? 0) + 1);
  });
});
