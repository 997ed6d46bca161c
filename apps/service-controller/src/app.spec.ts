import { type Ecs, PLACE_SERVICE_TASKS } from '@stowage/domain';
import {
  type OperationReply,
  type OperationRequest,
  operationSubject,
  OwnersClient,
  type RunningApp,
} from '@stowage/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { startServiceController } from './app';
import { ServiceControllerConfig } from './config';
import { CLUSTER, clusterEvents } from './testing/service-history';

const TIMEOUT_MS = 10_000;
const config = Object.assign(new ServiceControllerConfig(), {
  reconcileRetryMs: 5,
  reconcileRetryMaxMs: 20,
  schedulerTimeoutMs: 200,
});

let runtime: TestRuntime;
let apps: readonly RunningApp[];
let owners: OwnersClient;

beforeAll(async () => {
  runtime = await testRuntime();
  apps = [await startServiceController(runtime, config), await startServiceController(await runtime.another(), config)];
  owners = new OwnersClient(runtime.nats);
  await runtime.commands.execute({
    decide: () => ({ events: clusterEvents(), result: undefined }),
    atLeast: 0,
    actor: 'service:test',
    cause: 'clusterEvents',
  });
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await runtime.close();
});

async function ask<Output>(operation: string, input: object): Promise<OperationReply<Output>> {
  const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: 'request' };
  const atLeast = await runtime.journal.lastSequence();
  const request: OperationRequest = {
    operation,
    input: { cluster: CLUSTER, ...input },
    caller,
    atLeast,
    receivedAt: 0,
  };
  return owners.requestOperation<Output>('service-controller', request, TIMEOUT_MS);
}

it('starts, runs its operations, and requests tasks until a scheduler answers', async () => {
  const create = { serviceName: 'web', taskDefinition: 'web', desiredCount: 2 };
  const created = await ask<Ecs.CreateServiceResponse>('CreateService', create);
  expect(created).toMatchObject({ ok: true, output: { service: { serviceName: 'web', status: 'ACTIVE' } } });
  // No scheduler runs yet. A scheduler that starts later receives a request for exactly the missing tasks.
  const asked = new Promise<OperationRequest>((resolve) => {
    const subscription = runtime.nats.subscribe(operationSubject('scheduler', PLACE_SERVICE_TASKS), {
      queue: 'scheduler',
      callback: (_error, message) => {
        subscription.unsubscribe();
        resolve(message.json<{ readonly data: OperationRequest }>().data);
      },
    });
  });
  expect((await asked).input).toMatchObject({
    cluster: CLUSTER,
    service: 'web',
    where: { kind: 'anywhere', count: 2 },
  });
  const deleted = await ask<Ecs.DeleteServiceResponse>('DeleteService', { service: 'web', force: true });
  expect(deleted).toMatchObject({ ok: true, output: { service: { status: 'INACTIVE' } } });
  expect(await ask('UpdateService', { service: 'web' })).toMatchObject({
    ok: false,
    refusal: { code: 'ServiceNotActiveException', message: 'Service was not ACTIVE.' },
  });
});
