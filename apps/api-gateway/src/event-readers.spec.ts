import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clusterName, type DomainEvent } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../../test/support/gateway';

const STOWAGE = 'Stowage_20261122';

const tagged = (value: string): DomainEvent => ({
  type: 'ClusterTagsSet',
  version: 1,
  cluster: clusterName('app'),
  tags: [{ key: 'k', value }],
});

describe('readers of events on NATS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stowage-gateway-'));
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: {
        STOWAGE_AUTHORITY_DIR: join(directory, 'authority'),
        STOWAGE_AGENT_NATS_URLS: 'nats://127.0.0.1:4222',
        STOWAGE_NATS_EVENT_READERS_MAX: '2',
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    rmSync(directory, { recursive: true });
  });

  const create = async (input: object) => (await gateway.call(`${STOWAGE}.CreateEventReader`, input)).json;

  it('receive a consumer of their own, and credentials for it', async () => {
    const access = await create({ from: '1', cluster: 'app', expiresInSeconds: 60 });
    const consumer = String(access['consumer']);
    expect(access).toMatchObject({
      natsUrls: ['nats://127.0.0.1:4222'],
      stream: 'JOURNAL',
      consumer: expect.stringMatching(/^reader-[0-9a-f]{32}$/) as unknown,
      apiPrefix: 'stowage.events',
      inboxPrefix: `_INBOX_${consumer}`,
      credentials: expect.stringContaining('BEGIN NATS USER JWT') as unknown,
    });
    expect(Number(access['expiresAt']) * 1_000).toBeGreaterThan(Date.now());
    const { config } = await (await gateway.runtime.nats.jetstreamManager()).consumers.info('JOURNAL', consumer);
    expect(config).toMatchObject({
      ack_policy: 'none',
      filter_subjects: ['cluster.app', 'instance.app.>', 'task.app.>', 'service.app.>'].map(
        (each) => `journal.${each}`,
      ),
      opt_start_seq: 1,
    });
  });

  it('start at a time, with the first event after it', async () => {
    const { journal, nats } = gateway.runtime;
    await gateway.commit(tagged('1'));
    // Real time: the time has to lie between the two commits.
    await pause(20);
    const from = new Date().toISOString();
    await pause(20);
    const first = (await journal.lastSequence()) + 1;
    const last = await gateway.commit(tagged('2'), tagged('3'));
    const consumer = String((await create({ from }))['consumer']);
    const messages = await (
      await nats.jetstream().consumers.get('JOURNAL', consumer)
    ).fetch({
      max_messages: last - first + 1,
      expires: 10_000,
    });
    const read: number[] = [];
    for await (const { seq } of messages) read.push(seq);
    expect(read).toEqual([first, last]);
    await (await nats.jetstreamManager()).consumers.delete('JOURNAL', consumer);
  });

  it('are rejected with an error that names the reason', async () => {
    expect(await create({ from: 'yesterday' })).toMatchObject({
      __type: 'InvalidParameterException',
      message: 'from: must be a sequence, or a time as in 2026-11-22T09:30:00Z.',
    });
    expect(await create({ from: '99999999' })).toMatchObject({ __type: 'InvalidParameterException' });
    expect(await create({ expiresInSeconds: 604_801 })).toMatchObject({ __type: 'InvalidParameterException' });
  });

  it('are limited in number', async () => {
    await create({});
    expect(await create({})).toMatchObject({
      __type: 'LimitExceededException',
      message: 'There are 2 readers on NATS already (STOWAGE_NATS_EVENT_READERS_MAX).',
    });
  });
});
