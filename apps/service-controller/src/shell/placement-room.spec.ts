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
import { CLUSTER, ground, instance, placed, registered, stopped, task } from '../testing/service-history';

const PATIENCE = { timeout: 10_000, interval: 5 };
const ANOTHER = { id: task(1), instance: instance(0) };

/** The services of this test by what they wait for. */
const CURED_BY: Readonly<Record<string, readonly CuringEvent[]>> = {
  'waits-for-room': ['TaskStopped', 'TasksGivenUp'],
  'waits-for-attributes': ['InstanceAttributesSet'],
};
const asked: Record<string, number> = {};

/** A scheduler that has no place for anything. */
@Controller()
class FullScheduler {
  @MessagePattern(operationSubject('scheduler', PLACE_SERVICE_TASKS))
  place(@Payload() { input }: OperationRequest<PlaceServiceTasks>): Promise<OperationReply<PlaceServiceTasksAnswer>> {
    asked[input.service] = (asked[input.service] ?? 0) + 1;
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

describe('services whose tasks found no place', () => {
  let runtime: TestRuntime;
  let apps: readonly RunningApp[];

  beforeAll(async () => {
    runtime = await testRuntime();
    const config = Object.assign(new ServiceControllerConfig(), { placementRoomMs: 5, placementRetryMs: 600_000 });
    apps = [await startOwner(runtime, 'scheduler', FullSchedulerModule), await startServiceController(runtime, config)];
    await happens(...ground(), placed([ANOTHER.id], { service: undefined }));
    for (const service of Object.keys(CURED_BY)) await createService(service);
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await runtime.close();
  });

  async function happens(...events: readonly DomainEvent[]): Promise<void> {
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
    const reply = await new OwnersClient(runtime.nats).requestOperation(
      'service-controller',
      request,
      PATIENCE.timeout,
    );
    expect(reply).toMatchObject({ ok: true });
  }

  /** Of two that an event wakes both are asked for in one go: when the one was, the other would have been. */
  const areAsked = (room: number, attributes: number) =>
    vi.waitFor(() => expect(asked).toEqual({ 'waits-for-room': room, 'waits-for-attributes': attributes }), PATIENCE);
  const said = () =>
    [...runtime.fold.state.services.values()].map(({ lastSent }) => lastSent['unable-to-place'] !== undefined);

  it('are tried again after what may cure their refusal, and after nothing else', async () => {
    await areAsked(1, 1);
    // That they say so is an event of theirs, and no reason to try again.
    await vi.waitFor(() => expect(said()).toEqual([true, true]), PATIENCE);
    const on = { version: 1, cluster: CLUSTER, instance: instance(0) } as const;
    await happens({ ...on, type: 'InstanceAttributesSet', attributes: [{ name: 'rack', value: '1' }] });
    await areAsked(1, 2);
    await happens(stopped(ANOTHER));
    await areAsked(2, 2);
    await happens({ ...on, type: 'InstanceStatusChanged', status: 'DRAINING' });
    await happens({ ...on, type: 'InstanceAttributesSet', attributes: [] });
    await areAsked(2, 3);
  });

  it('are tried again, all of them, when an instance comes', async () => {
    const before = { ...asked };
    await happens(...registered(1));
    await areAsked((before['waits-for-room'] ?? 0) + 1, (before['waits-for-attributes'] ?? 0) + 1);
  });
});
