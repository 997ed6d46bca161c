import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ecs, seededRandom, transactionId } from '@stowage/domain';
import { type OperationRequest, OwnersClient } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLUSTER, clusterCreated, defined, instance, registered, web } from '../../apps/scheduler/src/testing/history';
import { AppProcess } from '../support/app-process';
import { brokenPromises, readJournal } from '../support/invariants';
import { NatsServer } from '../support/nats-server';
import { type TestRuntime, testRuntime } from '../support/runtime';

const SCHEDULERS = 4;
const INSTANCES = 20;
/** Number of small tasks that fit on each instance by CPU. By memory, more of them fit. */
const SMALL_ON_EACH = 20;
const IN_FLIGHT = 48;
const ANSWER_MS = 3_000;
const ATTEMPTS_MAX = 10;

const ground = [
  clusterCreated,
  defined('small', { containerDefinitions: [{ ...web, cpu: 100, memory: 128 }] }),
  defined('port', {
    containerDefinitions: [{ ...web, cpu: 0, memory: 6, portMappings: [{ hostPort: 80, containerPort: 80 }] }],
  }),
  ...Array.from({ length: INSTANCES }, (_, at) => registered(instance(at))).flat(),
];

/**
 * More requests than fit by CPU and by port. Each client token occurs twice in a row, so that two schedulers handle it
 * at once.
 */
const asked: readonly Ecs.RunTaskRequest[] = [
  ...Array.from({ length: 220 }, () => [{ taskDefinition: 'small', count: 2 }]),
  ...Array.from({ length: 80 }, () => [{ taskDefinition: 'port' }]),
  ...Array.from({ length: 80 }, (_, at) =>
    Array.from({ length: 2 }, () => ({ taskDefinition: 'small', count: 2, clientToken: `token-${String(at)}` })),
  ),
]
  .map((requests, at) => ({ requests, order: seededRandom(at).below(1_000) }))
  .sort((a, b) => a.order - b.order)
  .flatMap(({ requests }) => requests);

interface Answered {
  readonly clientToken: string | undefined;
  readonly tasks: readonly string[];
}

describe('four scheduler processes, one of which is killed while it handles requests', () => {
  let nats: NatsServer;
  let runtime: TestRuntime;
  let dataDir: string;
  let schedulers: readonly AppProcess[] = [];

  beforeAll(async () => {
    nats = await NatsServer.start({ sync: 'always' });
    dataDir = mkdtempSync(join(tmpdir(), 'stowage-schedulers-'));
    runtime = await testRuntime({ server: nats });
    const origin = { expectations: [], at: 0, actor: 'service:test', cause: 'ground' };
    await runtime.journal.commit({ id: transactionId(uuidv7()), events: ground, ...origin });
    schedulers = await Promise.all(
      Array.from({ length: SCHEDULERS }, (_, at) =>
        AppProcess.start('scheduler', {
          STOWAGE_NATS_URLS: nats.url,
          STOWAGE_DATA_DIR: join(dataDir, String(at)),
        }),
      ),
    );
    await vi.waitFor(() => expect(schedulers.every(({ log }) => log.includes('"ready"'))).toBe(true), 50_000);
  });
  afterAll(async () => {
    await Promise.all(schedulers.map((scheduler) => scheduler.end('SIGKILL')));
    await runtime.close();
    await nats.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('fill every ledger without overfilling one; each answer is in the journal, each client token once', async () => {
    const answers = await askAll();
    const transactions = await readJournal(runtime.journal);
    expect(brokenPromises(transactions)).toEqual([]);

    const placements = transactions.flatMap(({ events }) =>
      events.flatMap(({ event }) => (event.type === 'TasksPlaced' ? [event] : [])),
    );
    const placed = new Set(placements.flatMap(({ tasks }) => tasks.map(({ id }) => String(id))));
    expect(answers.flatMap(({ tasks }) => tasks).filter((task) => !placed.has(task))).toEqual([]);
    // No task was stopped and the requests exceed the capacity, so no room is left after all answers.
    expect(placed.size).toBe(INSTANCES * SMALL_ON_EACH + INSTANCES);
    expect(new Set(placements.map(({ decision }) => decision?.scheduler)).size).toBe(SCHEDULERS);

    const tokens = answers.filter(({ clientToken, tasks }) => clientToken !== undefined && tasks.length > 0);
    const sets = new Map<string | undefined, Set<string>>();
    for (const { clientToken, tasks } of tokens) {
      sets.set(clientToken, (sets.get(clientToken) ?? new Set()).add([...tasks].sort().join()));
    }
    expect(sets.size).toBeGreaterThan(0);
    expect([...sets.values()].filter(({ size }) => size > 1)).toEqual([]);
  });

  /** Number of requests at a time. After a third of the answers, one scheduler is killed with its pending requests. */
  async function askAll(): Promise<readonly Answered[]> {
    const owners = new OwnersClient(runtime.nats);
    const waiting = [...asked];
    const answers: Answered[] = [];
    let killed: Promise<unknown> | undefined;
    const work = async (): Promise<void> => {
      for (let request = waiting.shift(); request; request = waiting.shift()) {
        const answer = await ask(owners, request);
        if (answer) answers.push(answer);
        if (answers.length > asked.length / 3) killed ??= schedulers[0]?.end('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    await killed;
    return answers;
  }

  /** Behaves like an ECS client: it repeats a request that has a token until it is answered, and no other request. */
  async function ask(owners: OwnersClient, input: Ecs.RunTaskRequest): Promise<Answered | undefined> {
    const { clientToken } = input;
    const request: OperationRequest<Ecs.RunTaskRequest> = {
      operation: 'RunTask',
      input: { cluster: CLUSTER, ...input },
      caller: { principal: 'arn:aws:iam::123456789012:root', requestId: uuidv7() },
      atLeast: await runtime.journal.lastSequence(),
      receivedAt: Date.now(),
    };
    for (let attempt = 1; attempt <= (clientToken === undefined ? 1 : ATTEMPTS_MAX); attempt += 1) {
      const reply = await owners
        .requestOperation<Ecs.RunTaskResponse>('scheduler', request, ANSWER_MS)
        .catch(() => undefined);
      if (!reply) continue;
      if (!reply.ok) throw new Error(JSON.stringify(reply));
      return { clientToken, tasks: (reply.output.tasks ?? []).map(({ taskArn }) => taskArn?.split('/').at(-1) ?? '') };
    }
    if (clientToken !== undefined) throw new Error(`No answer for ${clientToken}.`);
    return undefined;
  }
});
