import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVENTS } from '@stowage/domain';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JOURNAL_STREAM } from '../../libs/journal/src/subjects';
import { HAPROXY } from '../support/data-plane';
import { startTestDeployment, type TestDeployment } from '../support/deployment';
import { driveClusters, driveTaskDefinitions } from './drive-clusters';
import { driveLoadBalancing } from './drive-load-balancing';
import { driveServices } from './drive-services';
import { driveAccount } from './drive-account';
import { type RecordedMessage, writeRecording } from './recording';

/** Short enough that a run with losses and drains takes a minute. */
const SETTINGS = {
  STOWAGE_TASK_HEALTHY_AFTER_MS: '50',
  STOWAGE_LEASE_MS: '1500',
  STOWAGE_LEASE_CHECK_MS: '50',
  STOWAGE_LOSS_GRACE_MS: '500',
  STOWAGE_PLACEMENT_RETRY_MS: '500',
  STOWAGE_HAPROXY_PROGRAM: HAPROXY,
  STOWAGE_HAPROXY_ENDS_WITH_REGISTRAR: 'true',
};

let folder: string;
let deployment: TestDeployment;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-record-'));
  deployment = await startTestDeployment({
    ...SETTINGS,
    STOWAGE_HAPROXY_DIR: join(folder, 'haproxy'),
    STOWAGE_CERTIFICATES_DIR: join(folder, 'certificates'),
    STOWAGE_AUTHORITY_DIR: join(folder, 'authority'),
    STOWAGE_AGENT_NATS_URLS: 'nats://127.0.0.1:4222',
  });
});
afterAll(async () => {
  await deployment.close();
  rmSync(folder, { recursive: true, force: true });
});

it('records a journal with every type of event', async () => {
  await driveAccount(deployment, join(folder, 'joined'));
  await driveClusters(deployment);
  await driveTaskDefinitions(deployment);
  await driveServices(deployment);
  await driveLoadBalancing(deployment);
  const messages = await readStream();
  const types = new Set(messages.map(({ body }) => (body['event'] as { readonly type: string } | undefined)?.type));
  expect(Object.keys(EVENTS).filter((type) => !types.has(type))).toEqual([]);
  writeRecording(new Date().toISOString().slice(0, 10), messages);
});

async function readStream(): Promise<readonly RecordedMessage[]> {
  const { nats, journal } = deployment.runtime;
  const { streams } = await nats.jetstreamManager();
  const messages: RecordedMessage[] = [];
  for (let seq = 1; seq <= (await journal.lastSequence()); seq += 1) {
    const message = await streams.getMessage(JOURNAL_STREAM, { seq });
    messages.push({ subject: message.subject, sequence: seq, body: message.json() });
  }
  return messages;
}
