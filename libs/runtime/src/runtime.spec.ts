import 'reflect-metadata';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Module, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { clusterName, invalidParameter, type ReadonlyClusterState } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { OwnersClient } from './owners-client';
import type { OperationReply, OperationRequest } from './operations';
import { replyFrom } from './refusals';
import { type RunningApp, RUNTIME, type Runtime } from './runtime';
import { startOwner } from './bootstrap';
import { operationSubject } from './subjects';

@Controller()
class ClustersController {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  @MessagePattern(operationSubject('cluster-manager', 'CreateCluster'))
  create(@Payload() request: OperationRequest<{ readonly name: string }>): Promise<OperationReply> {
    return replyFrom(async () => {
      const { result, sequence } = await this.runtime.commands.execute({
        decide: (state) => created(state, request.input.name),
        atLeast: request.atLeast,
        actor: request.caller.principal,
        cause: request.caller.requestId,
      });
      await this.runtime.fold.reached(sequence, 1_000);
      return { output: result, sequence };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'Break'))
  break(): never {
    throw new Error('a bug');
  }

  @MessagePattern(operationSubject('cluster-manager', 'Hang'))
  hang(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 300));
  }
}

const hanging: (() => void)[] = [];

@Controller()
class ClosingController {
  @MessagePattern(operationSubject('service-controller', 'Hang'))
  hang(): Promise<void> {
    return new Promise((resolve) => hanging.push(resolve));
  }
}

@Module({ controllers: [ClosingController] })
class ClosingModule {}

@Module({ controllers: [ClustersController] })
class ClustersModule {}

function created(state: ReadonlyClusterState, name: string) {
  if (state.clusters.has(clusterName(name))) throw invalidParameter('It is there already.');
  const event = {
    type: 'ClusterCreated' as const,
    version: 1 as const,
    cluster: clusterName(name),
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
  };
  return { events: [event], result: { name } };
}

const request = (operation: string, input: unknown = {}): OperationRequest => ({
  operation,
  input,
  caller: { principal: 'arn:aws:iam::123456789012:root', requestId: 'r-1' },
  atLeast: 0,
  receivedAt: 0,
});

describe('a runtime', () => {
  it('starts from the snapshot of another runtime in the same directory, and folds the rest', async () => {
    const environment = { STOWAGE_SNAPSHOT_EVENTS: '5', STOWAGE_SNAPSHOT_CHECK_MS: '10' };
    const first = await testRuntime({ environment });
    const create = (at: number) =>
      first.commands.execute({
        decide: (state) => created(state, `s${String(at)}`),
        atLeast: 0,
        actor: 'a',
        cause: 'c',
      });
    for (let at = 0; at < 6; at += 1) await create(at);
    const snapshots = join(first.config.dataDir, 'snapshots');
    await expect
      .poll(() => existsSync(snapshots) && readdirSync(snapshots).some((name) => name.endsWith('.gz')))
      .toBe(true);
    const { sequence } = await create(6);
    const second = await first.another();
    expect(second.fold.position).toBeGreaterThanOrEqual(sequence);
    await first.fold.reached(sequence, 1_000);
    expect(second.fold.state).toEqual(first.fold.state);
    await first.close();
  });
});

describe('a request to an owner over NATS', () => {
  let runtime: TestRuntime;
  let owner: RunningApp;
  let owners: OwnersClient;

  beforeAll(async () => {
    runtime = await testRuntime({ environment: { STOWAGE_LOG_LEVEL: 'silent' } });
    owner = await startOwner(runtime, 'cluster-manager', ClustersModule);
    owners = new OwnersClient((await runtime.another()).nats);
  });
  afterAll(async () => {
    await owner.close();
    await runtime.close();
  });

  it('returns the output and its sequence', async () => {
    const reply = await owners.requestOperation('cluster-manager', request('CreateCluster', { name: 'a' }), 2_000);
    expect(reply).toEqual({ ok: true, output: { name: 'a' }, sequence: await runtime.journal.lastSequence() });
  });

  it('returns a refusal as data', async () => {
    await owners.requestOperation('cluster-manager', request('CreateCluster', { name: 'b' }), 2_000);
    const reply = await owners.requestOperation('cluster-manager', request('CreateCluster', { name: 'b' }), 2_000);
    expect(reply).toEqual({
      ok: false,
      refusal: { code: 'InvalidParameterException', message: 'It is there already.' },
    });
  });

  it('returns a bug as a fault without its text, and the owner keeps serving', async () => {
    await expect(owners.requestOperation('cluster-manager', request('Break'), 2_000)).rejects.toThrow(
      'Internal server error',
    );
    const reply = await owners.requestOperation('cluster-manager', request('CreateCluster', { name: 'c' }), 2_000);
    expect(reply.ok).toBe(true);
  });

  it('does not end the process if the answer follows after the end of the connection', async () => {
    const other = await runtime.another();
    const leaving = await startOwner(other, 'service-controller', ClosingModule);
    const asked = owners.requestOperation('service-controller', request('Hang'), 1_000);
    await expect.poll(() => hanging.length).toBe(1);
    await other.nats.close();
    hanging[0]?.();
    await expect(asked).rejects.toThrow('no answer within');
    await leaving.close();
  });

  it('does not delay the end of the process while NATS is down', async () => {
    const own = await testRuntime();
    const leaving = await startOwner(own, 'scheduler', ClosingModule);
    await own.server.kill();
    const began = Date.now();
    await leaving.close();
    await own.close();
    expect(Date.now() - began).toBeLessThan(4_000);
  });

  it('fails after the timeout, and at once if there is no owner', async () => {
    await expect(owners.requestOperation('cluster-manager', request('Hang'), 50)).rejects.toThrow(
      'no answer within 50 ms',
    );
    await expect(owners.requestOperation('scheduler', request('RunTask'), 5_000)).rejects.toThrow('scheduler.RunTask');
  });
});
