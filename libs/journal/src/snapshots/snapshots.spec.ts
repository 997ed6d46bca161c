import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  clusterName,
  type DomainEvent,
  instanceId,
  journalId,
  NO_RESOURCES,
  type PlacedTask,
  taskId,
} from '@stowage/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Follower } from '../follower';
import { MemoryJournal } from '../memory-journal';
import { clusterCreated, clusterTagged, transaction } from '../testing/transactions';
import { foldVersion, RUNNING_FOLD } from './fold-version';
import { SnapshotFiles, thinnedOut } from './snapshot-files';
import { newestSnapshot, type SnapshotReports, SnapshotWriter } from './snapshots';

const cluster = clusterName('c');
const instance = instanceId('1'.repeat(32));

const placed = (id: string, ports: readonly number[] = []): PlacedTask => ({
  id: taskId(id),
  taskDefinition: { family: 'f', revision: 1 },
  containers: [],
  overrides: {},
  resources: { ...NO_RESOURCES, cpu: 10, ports },
  cpu: '10',
  memory: '10',
  group: 'family:f',
  launchType: 'EC2',
  tags: [],
  enableExecuteCommand: false,
});

/** One record of every kind, and records that were removed again. */
const LIFE: readonly DomainEvent[] = [
  clusterCreated('c'),
  {
    type: 'InstanceRegistered',
    version: 1,
    cluster,
    instance,
    ec2InstanceId: 'i-1',
    versionInfo: {},
    resources: { ...NO_RESOURCES, cpu: 100, memory: 100 },
    attributes: [{ name: 'a', value: 'b' }],
    tags: [],
  },
  { type: 'TasksPlaced', version: 1, cluster, instance, tasks: [placed('t1', [80]), placed('t2', [81])] },
  {
    type: 'TaskStopped',
    version: 1,
    cluster,
    instance,
    task: taskId('t1'),
    containers: [],
    stopCode: 'UserInitiated',
    stoppedReason: 'x',
  },
  { type: 'InstanceDeregistered', version: 1, cluster, instance, force: false },
  { type: 'AccountSettingPut', version: 1, name: 'n', value: 'v', principal: 'arn:x' },
  { type: 'PrincipalCreated', version: 1, name: 'root', arn: 'arn:aws:iam::123456789012:root' },
  { type: 'JoinTokenCreated', version: 1, token: 'k', sealedSecret: 's', cluster, expiresAt: 1, oneTime: true },
];

describe('snapshots of the fold', () => {
  let dataDir: string;
  let journal: MemoryJournal;
  let follower: Follower;
  const troubles: string[] = [];
  const alarms: string[] = [];
  const replays: string[] = [];
  const reports: SnapshotReports = {
    onTrouble: (message) => troubles.push(message),
    onReplay: (message) => replays.push(message),
    onAlarm: (message) => alarms.push(message),
  };
  const inDir = (): string[] => readdirSync(join(dataDir, 'snapshots')).sort();
  const commit = (events: readonly DomainEvent[], deduplicationKey?: string) =>
    journal.commit(transaction(events, [], deduplicationKey ? { deduplicationKey } : {}));

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'stowage-snapshots-'));
    journal = new MemoryJournal();
    follower = new Follower(journal);
    follower.start();
    for (const event of LIFE) await commit([event], event.type);
    await follower.catchUp(1_000);
    troubles.length = 0;
    alarms.length = 0;
    replays.length = 0;
  });
  afterEach(async () => {
    await follower.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('restore the same fold, which continues as the original does', async () => {
    await new SnapshotWriter(dataDir, journal, follower, reports).writeIfDue(1);
    const from = await newestSnapshot(dataDir, journal, reports);
    expect(from).toEqual(follower.current);
    const resumed = new Follower(journal, { ...(from && { from }) });
    resumed.start();
    await commit([
      {
        type: 'TasksGivenUp',
        version: 1,
        cluster,
        instance,
        tasks: [taskId('t2')],
        stopCode: 'UserInitiated',
        stoppedReason: 'x',
      },
    ]);
    await Promise.all([resumed.catchUp(1_000), follower.catchUp(1_000)]);
    expect(resumed.current).toEqual(follower.current);
    expect(resumed.state.instances.size).toBe(0);
    expect(resumed.sequenceOfKey('TasksPlaced')).toBe(4);
    await resumed.stop();
  });

  it('keep multi-byte text, and records larger than one read', async () => {
    // Some 0.7 MB per record, so that chunks end inside of characters and records.
    for (const character of ['é', '€', '😀']) {
      const name = `c${String(character.length)}${String(Buffer.byteLength(character))}`;
      await commit([clusterCreated(name), clusterTagged(name, `x${character.repeat(240_000)}`)]);
    }
    await follower.catchUp(1_000);
    await new SnapshotWriter(dataDir, journal, follower, reports).writeIfDue(1);
    expect(await newestSnapshot(dataDir, journal, reports)).toEqual(follower.current);
  });

  it('are cut at the time of the call, while events are folded', async () => {
    const { position } = follower;
    const files = new SnapshotFiles(join(dataDir, 'snapshots'), RUNNING_FOLD);
    const writing = files.write(follower.current, journal.id);
    await commit([clusterCreated('later')]);
    await writing;
    const from = await newestSnapshot(dataDir, journal, reports);
    expect(from?.position).toBe(position);
    expect(from?.state.clusters.has(clusterName('later'))).toBe(false);
  });

  it('are written when due, readable only by their owner, and thinned out with age', async () => {
    const writer = new SnapshotWriter(dataDir, journal, follower, reports);
    for (let round = 0; round < 4; round += 1) {
      await writer.writeIfDue(1);
      await writer.writeIfDue(1);
      await commit([clusterCreated(`c${String(round)}`)]);
      await follower.catchUp(1_000);
    }
    expect(inDir()).toHaveLength(3);
    expect(statSync(join(dataDir, 'snapshots', inDir()[0]!)).mode & 0o777).toBe(0o600);
  });

  it('are kept for reads of the past, about one per doubling of the distance', () => {
    let kept: readonly number[] = [];
    for (let newest = 10_000; newest <= 1_000_000; newest += 10_000) {
      const all = [newest, ...kept];
      kept = all.filter((position) => !thinnedOut(all).includes(position));
      expect(kept.slice(0, 2)).toEqual(all.slice(0, 2));
    }
    expect(kept.length).toBeLessThan(12);
    expect(kept.at(-1)).toBe(10_000);
    // The number of events to fold is proportional to the distance.
    for (let moment = 20_000; moment < 1_000_000; moment += 7_000) {
      const base = kept.find((position) => position <= moment) ?? 0;
      expect(moment - base).toBeLessThanOrEqual(2 * (1_000_000 - moment) + 20_000);
    }
  });

  it('that are damaged are skipped for older ones, and finally for the journal', async () => {
    const writer = new SnapshotWriter(dataDir, journal, follower, reports);
    await writer.writeIfDue(1);
    const old = follower.position;
    await commit([clusterCreated('later')]);
    await follower.catchUp(1_000);
    await writer.writeIfDue(1);
    const [first, second] = inDir().map((name) => join(dataDir, 'snapshots', name));
    const newer = [first!, second!].find((path) => path.includes(`-${String(old + 1)}.`))!;
    truncateSync(newer, statSync(newer).size - 20);
    expect((await newestSnapshot(dataDir, journal, reports))?.position).toBe(old);
    for (const path of [first!, second!]) writeFileSync(path, 'nonsense');
    expect(await newestSnapshot(dataDir, journal, reports)).toBeUndefined();
    expect(troubles).toHaveLength(3);
  });

  it('that were never finished are removed, and those in progress are kept', async () => {
    const directory = join(dataDir, 'snapshots');
    const writer = new SnapshotWriter(dataDir, journal, follower, reports);
    await writer.writeIfDue(1);
    const [abandoned, written] = ['1.part', '2.part'].map((name) => join(directory, name));
    for (const path of [abandoned!, written!]) writeFileSync(path, 'begun');
    const hourAgo = Date.now() / 1_000 - 3_600;
    utimesSync(abandoned!, hourAgo, hourAgo);
    await commit([clusterCreated('later')]);
    await follower.catchUp(1_000);
    await writer.writeIfDue(1);
    expect(inDir().filter((name) => name.endsWith('.part'))).toEqual(['2.part']);
  });

  it('of other code or another journal are ignored, and other code is reported as the reason', async () => {
    const directory = join(dataDir, 'snapshots');
    await new SnapshotFiles(directory, 'other-code').write(follower.current, journal.id);
    await new SnapshotFiles(directory, RUNNING_FOLD).write(follower.current, journalId(randomUUID()));
    expect(await newestSnapshot(dataDir, journal, reports)).toBeUndefined();
    expect(replays).toEqual([
      'The code that folds has changed since the last snapshot: 9 events are folded from scratch.',
    ]);
    expect(inDir()).toHaveLength(2);
  });

  it('beyond the end of the journal raise an alarm and are ignored', async () => {
    await new SnapshotWriter(dataDir, journal, follower, reports).writeIfDue(1);
    const shorter = new MemoryJournal();
    expect(await newestSnapshot(dataDir, shorter, reports)).toBeUndefined();
    expect(alarms).toEqual(['A snapshot is at 9, but the journal ends at 1: writes are missing.']);
  });

  it('change their version with any code of the domain and with the upcasters', () => {
    const code = join(dataDir, 'code');
    mkdirSync(code);
    writeFileSync(join(code, 'a.ts'), 'one');
    const before = foldVersion(code);
    writeFileSync(join(code, 'a.spec.ts'), 'tests do not fold');
    expect(foldVersion(code)).toBe(before);
    writeFileSync(join(code, 'a.ts'), 'two');
    expect(foldVersion(code)).not.toBe(before);
    const upcasters = join(dataDir, 'upcasters.ts');
    writeFileSync(upcasters, 'one');
    const beside = foldVersion(code, upcasters);
    writeFileSync(upcasters, 'two');
    expect(foldVersion(code, upcasters)).not.toBe(beside);
    const domain = join(__dirname, '../../../domain/src');
    expect(RUNNING_FOLD).toBe(foldVersion(domain, join(__dirname, '../upcasters.ts')));
  });

  it('of 50,000 tasks do not block the event loop', async () => {
    for (let batch = 0; batch < 100; batch += 1) {
      const tasks = Array.from({ length: 500 }, (_, at) => placed(`${String(batch)}-${String(at)}`));
      await commit([{ type: 'TasksPlaced', version: 1, cluster, instance, tasks }]);
    }
    await follower.catchUp(10_000);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const began = performance.now();
    await new SnapshotWriter(dataDir, journal, follower, reports).writeIfDue(1);
    const took = performance.now() - began;
    clearInterval(timer);
    expect(longest).toBeLessThan(Math.max(150, took / 2));
    expect((await newestSnapshot(dataDir, journal, reports))?.state.tasks.size).toBe(50_001);
  });
});
