import { type DomainEvent, targetKey, transactionId } from '@stowage/domain';
import { type Committed, Follower, JournalCommandHandler, MemoryJournal, type Transaction } from '@stowage/journal';
import type { Runtime } from '@stowage/runtime';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../../../../../libs/domain/src/testing/load-balancing-events';
import { RegistrarConfig } from '../../config';
import { backendName, type DataPlane } from '../../core/data-plane/data-plane';
import type { HaproxyStatus } from '../../core/data-plane/target-events';
import { serverName } from '../../core/data-plane/server';
import type { ServerStatus } from '../../core/data-plane/worker-status';
import { DataPlaneLoop } from './data-plane-loop';

const PID = 1;
const HOUR_MS = 3_600_000;
const about = { version: 1, targetGroup: 'web' } as const;
const first = { id: 'i-first', port: 80 };
const late = { id: 'i-late', port: 80 };
const last = { id: 'i-last', port: 80 };

/** Journal that holds back the data plane's commits about targets until they are released. */
class LateJournal extends MemoryJournal {
  private held: Promise<void> | undefined;
  release: () => void = () => undefined;
  waiting = 0;

  hold(): void {
    this.held = new Promise((resolve) => (this.release = resolve));
  }

  override async commit(transaction: Transaction): Promise<Committed> {
    if (transaction.cause === 'data plane' && transaction.events.some((event) => 'targetGroup' in event)) {
      this.waiting += 1;
      await this.held;
    }
    return super.commit(transaction);
  }
}

/** Stands for HAProxy, with clients that stay connected to every server until they leave. */
class Haproxy {
  readonly servers = new Map<string, ServerStatus>();
  isCrowded = true;

  run(): Promise<object> {
    return Promise.resolve({ master: PID, worker: PID, oldWorkers: [] });
  }

  readStatus(): Promise<HaproxyStatus> {
    const sessions = this.isCrowded ? 1 : 0;
    const servers = [...this.servers.values()].map((server) => ({ ...server, sessions }));
    return Promise.resolve({ current: { pid: PID, servers, maps: new Map() }, old: [] });
  }

  adjust({ backends }: DataPlane): Promise<number> {
    this.servers.clear();
    for (const { group } of backends) {
      for (const target of group.targets) {
        const admin = target.drainUntil === undefined ? 'ready' : 'drain';
        const server = {
          backend: backendName(group),
          name: serverName(target),
          admin,
          isUp: true,
          sessions: 0,
        } as const;
        this.servers.set(targetKey(target), server);
      }
    }
    return Promise.resolve(0);
  }
}

const loops: DataPlaneLoop[] = [];
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
});

async function started() {
  const [journal, haproxy] = [new LateJournal(), new Haproxy()];
  const fold = new Follower(journal, { onFailure: (error) => expect.unreachable(String(error)) });
  fold.start();
  const runtime = { fold, journal, commands: new JournalCommandHandler(journal, fold), now: Date.now };
  const commit = async (...events: readonly DomainEvent[]): Promise<void> => {
    const origin = { expectations: [], at: Date.now(), actor: 'service:test', cause: 'test' };
    const { sequence } = await journal.commit({ id: transactionId(uuidv7()), events, ...origin });
    await fold.reached(sequence, 5_000);
  };
  const listener = listenerCreated('sim', 'listener', 80);
  await commit(
    targetGroupCreated('web'),
    loadBalancerCreated('sim'),
    { ...listener, settings: { ...listener.settings, defaultAction: forwardTo('web') } },
    targetsRegistered('web', [first]),
  );
  const configuration = { prepare: () => Promise.resolve({ mark: '', listens: true, refused: new Map() }) };
  const parts = { configuration, haproxy } as unknown as ConstructorParameters<typeof DataPlaneLoop>[1];
  const config = Object.assign(new RegistrarConfig(), { dataPlanePollMs: 20 });
  const logger = pino({ level: 'silent' });
  const loop = new DataPlaneLoop({ ...runtime, logger } as unknown as Runtime, parts, config);
  loops.push(loop);
  const targets = () => fold.state.targetGroups.get('web')?.targets ?? [];
  return { journal, haproxy, commit, loop, target: (id: string) => targets().find((each) => each.id === id) };
}

const registers = targetsRegistered('web', [late]);
const deregisters = (): DomainEvent => ({
  ...about,
  type: 'TargetsDeregistered',
  targets: [late],
  drainUntil: Date.now() + HOUR_MS,
});
const WITHIN = { timeout: 10_000 };

describe('the result of a reconcile pass that is recorded late', () => {
  it('does not drain a target that HAProxy got after the pass had started', async () => {
    const { journal, haproxy, commit, loop, target } = await started();
    journal.hold();
    loop.start();
    // The health of the first target is being recorded. The pass that found it did not see the other target.
    await vi.waitUntil(() => journal.waiting > 0, WITHIN);
    await commit(registers);
    await vi.waitUntil(() => haproxy.servers.has(targetKey(late)), WITHIN);
    await commit(deregisters());
    // The commit conflicts and is decided again on a state in which the target drains.
    journal.release();
    await vi.waitUntil(() => target(first.id)?.health.state === 'healthy', WITHIN);
    expect(target(late.id)?.health.state).toBe('draining');
    haproxy.isCrowded = false;
    await vi.waitUntil(() => target(late.id) === undefined, WITHIN);
  });

  it('does not drain a target that was registered again after the pass had started', async () => {
    const { journal, haproxy, commit, loop, target } = await started();
    loop.start();
    await commit(registers);
    await vi.waitUntil(() => target(late.id)?.health.state === 'healthy', WITHIN);
    await commit(deregisters());
    journal.hold();
    const before = journal.waiting;
    haproxy.isCrowded = false;
    await vi.waitUntil(() => journal.waiting > before, WITHIN);
    haproxy.isCrowded = true;
    await commit(registers);
    await vi.waitUntil(() => haproxy.servers.get(targetKey(late))?.admin === 'ready', WITHIN);
    await commit(deregisters());
    journal.release();
    // Makes sure that the first commit is complete.
    await commit(targetsRegistered('web', [last]));
    await vi.waitUntil(() => target(last.id)?.health.state === 'healthy', WITHIN);
    expect(target(late.id)?.health.state).toBe('draining');
  });
});
