import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterName, instanceId, taskId } from '@stowage/domain';
import {
  AgentLink,
  clientTokenHash,
  joinDeployment,
  type OperationRequest,
  operationSubject,
  parametersHash,
  readConfig,
} from '@stowage/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clusterCreated,
  instanceRegistered,
  taskDefinitionRegistered,
  tasksPlaced,
} from '../../../libs/domain/src/testing/events';
import { ACCESS_KEY, type RawAnswer, sendRaw, startTestGateway, type TestGateway } from '../../../test/support/gateway';
import { startApiGateway } from './app';
import { GatewayConfig } from './config';

const I1 = '1'.repeat(32);
const T1 = 'a'.repeat(32);
const STOWAGE = 'Stowage_20261122';

const directory = mkdtempSync(join(tmpdir(), 'stowage-gateway-'));
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: {
      STOWAGE_READ_TIMEOUT_MS: '1000',
      STOWAGE_JOURNAL_ABSENT_MS: '50',
      STOWAGE_COMMAND_TIMEOUT_MS: '3000',
      STOWAGE_AUTHORITY_DIR: join(directory, 'authority'),
      STOWAGE_AGENT_NATS_URLS: 'nats://127.0.0.1:4222',
    },
  });
  await gateway.commit(
    clusterCreated('app'),
    instanceRegistered('app', I1),
    taskDefinitionRegistered('web', 1),
    tasksPlaced('app', I1, [T1]),
  );
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true });
});

const ask = async (url: string, target: string, input: object): Promise<RawAnswer & { readonly code: unknown }> => {
  const answer = await sendRaw(url, { target, body: JSON.stringify(input) });
  return { ...answer, code: (JSON.parse(answer.text) as Readonly<Record<string, unknown>>)['__type'] };
};

describe('two gateways', () => {
  it('each return the writes that the other acknowledged', async () => {
    const { url } = await gateway.another();
    for (let at = 0; at < 20; at += 1) {
      const name = `both-${String(at)}`;
      const [here, there] = at % 2 === 0 ? [gateway.url, url] : [url, gateway.url];
      const written = await ask(here, 'CreateCluster', { clusterName: name });
      const read = await ask(there, 'DescribeClusters', { clusters: [name] });
      expect(JSON.parse(read.text)).toMatchObject({ clusters: [{ clusterName: name }], failures: [] });
      expect(Number(read.headers['x-stowage-sequence'])).toBeGreaterThanOrEqual(
        Number(written.headers['x-stowage-sequence']),
      );
    }
  });
});

describe('while Postgres is down', () => {
  it('writes continue, reads fail within their time limit, and both work again afterwards', async () => {
    await gateway.postgres.halt('SIGKILL');
    try {
      const created = await ask(gateway.url, 'CreateCluster', { clusterName: 'meanwhile' });
      expect(created.status).toBe(200);
      const began = performance.now();
      const read = await ask(gateway.url, 'DescribeClusters', { clusters: ['meanwhile'] });
      expect([read.status, read.code]).toEqual([503, 'ServerException']);
      expect(read.headers['retry-after']).toBe('1');
      expect(performance.now() - began).toBeLessThan(5_000);
      const run = await ask(gateway.url, 'RunTask', { cluster: 'meanwhile', taskDefinition: 'web', clientToken: 'x' });
      expect(run.text).toContain('No Container Instances were found in your cluster.');
    } finally {
      await gateway.postgres.resume();
    }
    await expect
      .poll(async () => (await ask(gateway.url, 'DescribeClusters', { clusters: ['meanwhile'] })).status, {
        timeout: 20_000,
      })
      .toBe(200);
  });
});

describe('while NATS is down', () => {
  it('reads continue and are marked as eventual, writes fail, and both work again afterwards', async () => {
    expect((await ask(gateway.url, 'DescribeClusters', { clusters: ['app'] })).status).toBe(200);
    await gateway.runtime.server.kill();
    try {
      for (let at = 0; at < 3; at += 1) {
        const began = performance.now();
        const read = await ask(gateway.url, 'DescribeClusters', { clusters: ['app'] });
        expect([read.status, read.headers['x-stowage-consistency']]).toEqual([200, 'eventual']);
        expect(performance.now() - began).toBeLessThan(1_500);
      }
      const read = await ask(gateway.url, 'DescribeClusters', { clusters: ['app'] });
      expect(read.text).toContain('"clusterName":"app"');
      const written = await ask(gateway.url, 'CreateCluster', { clusterName: 'lost' });
      expect([written.status, written.code]).toEqual([503, 'ServerException']);
    } finally {
      await gateway.runtime.server.launch();
    }
    const created = async (): Promise<number> =>
      (await ask(gateway.url, 'CreateCluster', { clusterName: 'found' })).status;
    await expect.poll(created, { timeout: 20_000 }).toBe(200);
    const read = await ask(gateway.url, 'DescribeClusters', { clusters: ['app', 'found', 'lost'] });
    expect(JSON.parse(read.text)).toMatchObject({ clusters: [{}, {}], failures: [{}] });
    expect(read.headers['x-stowage-consistency']).toBeUndefined();
  });
});

describe('a client that accepts older data', () => {
  it('does not wait for the read model, and receives an answer that is marked as eventual', async () => {
    const answer = await gateway.call('ListClusters', {}, { 'x-stowage-consistency': 'eventual' });
    expect([answer.status, answer.headers['x-stowage-consistency']]).toEqual([200, 'eventual']);
  });
});

describe('a client token that is older than the memory of the folds', () => {
  it('still returns the same tasks, and is rejected with other parameters', async () => {
    const input = { cluster: 'app', taskDefinition: 'web', clientToken: 'long-ago' };
    // Without a deduplication key, no fold remembers the token. Only the read model contains it.
    await gateway.commit({
      ...tasksPlaced('app', I1, ['c'.repeat(32)]),
      clientToken: {
        tokenHash: clientTokenHash('app', 'long-ago'),
        parametersHash: parametersHash({ taskDefinition: 'web', cluster: 'app' }),
      },
    });
    await gateway.call('ListTasks', { cluster: 'app' });
    const again = await gateway.call('RunTask', input);
    expect(again.json).toMatchObject({ tasks: [{ taskArn: expect.stringContaining('c'.repeat(32)) as unknown }] });
    const other = await gateway.call('RunTask', { ...input, count: 2 });
    expect(other.json).toMatchObject({ __type: 'ConflictException', resourceIds: ['c'.repeat(32)] });
  });
});

describe('a task that has stopped', () => {
  it('is passed to the scheduler with its creation time, where its placement is searched', async () => {
    const task = '9'.repeat(32);
    const of = { cluster: clusterName('app'), instance: instanceId(I1) };
    const stopped = { type: 'TaskStopped', version: 1, ...of, task: taskId(task), containers: [] } as const;
    await gateway.commit(tasksPlaced('app', I1, [task]), {
      ...stopped,
      stopCode: 'UserInitiated',
      stoppedReason: 'x',
    });
    const shown = await gateway.call('DescribeTasks', { cluster: 'app', tasks: [task] });
    const asked = new Promise<OperationRequest>((resolve) => {
      gateway.runtime.nats.subscribe(operationSubject('scheduler', 'ExplainPlacement'), {
        max: 1,
        callback: (_error, message) => resolve(message.json<{ readonly data: OperationRequest }>().data),
      });
    });
    await gateway.runtime.nats.flush();
    const explained = await gateway.call(`${STOWAGE}.ExplainPlacement`, { cluster: 'app', task });
    expect(explained.json).toMatchObject({ message: 'The journal does not record how this task was placed.' });
    const [{ createdAt }] = shown.json['tasks'] as [{ readonly createdAt: number }];
    expect((await asked).taskCreatedAt).toBe(Math.round(createdAt * 1_000));
  });
});

describe('more requests than the limit', () => {
  it('are throttled, and answered when earlier requests have finished', async () => {
    const { url } = await gateway.another({ STOWAGE_REQUESTS_IN_FLIGHT_MAX: '1' });
    const link = new AgentLink(gateway.runtime.nats, instanceId(I1));
    let goOn = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      const stop = link.onLogsRequest(async () => {
        resolve();
        await new Promise<void>((release) => (goOn = release));
        stop();
        return { found: true, lines: [], cursor: 'c', ended: false };
      });
    });
    await gateway.runtime.nats.flush();
    const first = ask(url, `${STOWAGE}.GetTaskLogs`, { cluster: 'app', task: T1 });
    await asked;
    const second = await ask(url, 'ListClusters', {});
    expect([second.status, second.code, second.headers['retry-after']]).toEqual([400, 'ThrottlingException', '1']);
    const health = await sendRaw(url, { method: 'GET', path: '/health', body: '', unsigned: true });
    expect(health.status).toBe(200);
    goOn();
    expect((await first).status).toBe(200);
    expect((await ask(url, 'ListClusters', {})).status).toBe(200);
  });
});

describe('GetTaskLogs', () => {
  it('returns the lines of the agent, or the reason for which there are none', async () => {
    const link = new AgentLink(gateway.runtime.nats, instanceId(I1));
    const requests: unknown[] = [];
    const stop = link.onLogsRequest((request) => {
      requests.push(request);
      if (request.container === 'nobody') return Promise.resolve({ found: false, reason: 'No such container.' });
      const line = { at: 1_700_000_000_123, stream: 'stdout', text: 'hello' } as const;
      return Promise.resolve({ found: true, lines: [line], cursor: 'next', ended: true });
    });
    await gateway.runtime.nats.flush();
    const logs = await gateway.call(`${STOWAGE}.GetTaskLogs`, { cluster: 'app', task: T1, tail: 5, waitMs: 10 });
    expect(logs.json).toEqual({
      lines: [{ at: 1_700_000_000.123, stream: 'stdout', text: 'hello' }],
      cursor: 'next',
      ended: true,
    });
    expect(requests).toEqual([{ task: T1, tail: 5, waitMs: 10 }]);
    const none = await gateway.call(`${STOWAGE}.GetTaskLogs`, { cluster: 'app', task: T1, container: 'nobody' });
    expect(none.json).toMatchObject({ __type: 'InvalidParameterException', message: 'No such container.' });
    stop();
  });

  it('finds the instance of a task that has stopped', async () => {
    const task = 'd'.repeat(32);
    const stopped = { type: 'TaskStopped', version: 1, task: taskId(task), containers: [] } as const;
    const of = { cluster: clusterName('app'), instance: instanceId(I1) };
    await gateway.commit(tasksPlaced('app', I1, [task]), {
      ...stopped,
      ...of,
      stopCode: 'UserInitiated',
      stoppedReason: 'x',
    });
    const link = new AgentLink(gateway.runtime.nats, instanceId(I1));
    const stop = link.onLogsRequest(() => Promise.resolve({ found: true, lines: [], cursor: 'c', ended: true }));
    await gateway.runtime.nats.flush();
    expect((await gateway.call(`${STOWAGE}.GetTaskLogs`, { cluster: 'app', task })).status).toBe(200);
    stop();
  });

  it('rejects a request for an agent that cannot be reached and for a task that does not exist', async () => {
    const away = await gateway.call(`${STOWAGE}.GetTaskLogs`, { cluster: 'app', task: T1 });
    expect([away.status, away.json['__type']]).toEqual([503, 'ServerException']);
    const none = await gateway.call(`${STOWAGE}.GetTaskLogs`, { cluster: 'app', task: 'e'.repeat(32) });
    expect(none.json).toMatchObject({
      __type: 'InvalidParameterException',
      message: 'The referenced task was not found.',
    });
    for (const wrong of [{ task: T1, tail: 1_001 }, { task: T1, waitMs: 5_001 }, { task: T1, cursor: '' }, {}]) {
      expect((await gateway.call(`${STOWAGE}.GetTaskLogs`, { cluster: 'app', ...wrong })).status).toBe(400);
    }
  });
});

describe('joining', () => {
  it('registers a machine as an instance of the cluster, and only one with a single-use token', async () => {
    const made = await gateway.call(`${STOWAGE}.CreateJoinToken`, {
      cluster: 'app',
      oneTime: true,
      expiresInSeconds: 60,
    });
    expect(made.json).toMatchObject({ cluster: 'app', oneTime: true });
    const token = String(made.json['token']);
    const first = await joinDeployment(gateway.url, token, join(directory, 'first'));
    expect(first).toMatchObject({ cluster: 'app', natsUrls: ['nats://127.0.0.1:4222'] });
    await expect(joinDeployment(gateway.url, token, join(directory, 'second'))).rejects.toThrow('has been used');
  });

  it.each(['', '{', 'null', '[]', '{"tokenId":1}', '{"tokenId":"x","publicKey":"y","nonce":"z","mac":""}'])(
    'is rejected with the body %s',
    async (body) => {
      const answer = await gateway.send({ path: '/join', body, unsigned: true });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({
        __type: expect.stringMatching(/^(InvalidParameter|AccessDenied)Exception$/) as unknown,
      });
    },
  );

  it('creates no token for a cluster that does not exist', async () => {
    const refused = await gateway.call(`${STOWAGE}.CreateJoinToken`, { cluster: 'nowhere' });
    expect(refused.json).toMatchObject({ __type: 'ClusterNotFoundException' });
  });
});

describe('a gateway that starts', () => {
  const config = (settings: Readonly<Record<string, string>>): GatewayConfig =>
    readConfig(GatewayConfig, {
      STOWAGE_HTTP_PORT: '0',
      STOWAGE_DATA_DIR: gateway.runtime.config.dataDir,
      // The port is closed: a gateway starts without Postgres.
      STOWAGE_DATABASE_URL: 'postgres://stowage@127.0.0.1:1/stowage',
      ...settings,
    });
  const key = {
    STOWAGE_BOOTSTRAP_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    STOWAGE_BOOTSTRAP_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
  };

  it('finds the bootstrap key and writes nothing', async () => {
    const before = await gateway.runtime.journal.lastSequence();
    const again = await startApiGateway(gateway.runtime, config(key));
    expect(await gateway.runtime.journal.lastSequence()).toBe(before);
    expect((await ask(again.url, 'CreateCluster', { clusterName: 'again' })).status).toBe(200);
    await again.close();
  });

  it('accepts only the new secret of the bootstrap key from then on', async () => {
    const secretAccessKey = 'another secret, of the same length or so';
    const rotated = await startApiGateway(
      gateway.runtime,
      config({ ...key, STOWAGE_BOOTSTRAP_SECRET_ACCESS_KEY: secretAccessKey }),
    );
    expect((await sendRaw(gateway.url, { target: 'ListClusters' })).text).toContain('InvalidSignatureException');
    expect((await sendRaw(gateway.url, { target: 'ListClusters', secretAccessKey })).status).toBe(200);
    await rotated.close();
    await (await startApiGateway(gateway.runtime, config(key))).close();
    expect((await sendRaw(gateway.url, { target: 'ListClusters' })).status).toBe(200);
  });

  it('fails with a key that does not open the sealed secrets, or on a port that is in use', async () => {
    const otherKey = config({ STOWAGE_SECRET_KEY_FILE: join(directory, 'other.key') });
    await expect(startApiGateway(gateway.runtime, otherKey)).rejects.toThrow('cannot be opened');
    const taken = config({ ...key, STOWAGE_HTTP_PORT: new URL(gateway.url).port });
    await expect(startApiGateway(gateway.runtime, taken)).rejects.toThrow('EADDRINUSE');
  });
});
