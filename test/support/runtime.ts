import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryJournal } from '@stowage/journal';
import { Follower, type Journal, JournalCommandHandler } from '@stowage/journal';
import { connectNats, createLogger, readConfig, type Runtime, RuntimeConfig, startRuntime } from '@stowage/runtime';
import { NatsServer } from './nats-server';

export interface TestRuntime extends Runtime {
  readonly server: NatsServer;
  readonly config: RuntimeConfig;
  /** Starts a second process of the same deployment. */
  another(name?: string): Promise<Runtime>;
}

export interface TestRuntimeOptions {
  /** Settings as in the environment, such as `STOWAGE_FOLD_TIMEOUT_MS`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Server that the caller starts and stops. By default the runtime has its own server. */
  readonly server?: NatsServer;
  /** Replaces the JetStream journal, to simulate faults. `another` is rejected then. */
  readonly journal?: MemoryJournal;
  readonly now?: () => number;
}

/** A runtime on a real nats-server. Closing it also ends everything that was started for it. */
export async function testRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const server = options.server ?? (await NatsServer.start({ sync: '2m' }));
  const dataDir = mkdtempSync(join(tmpdir(), 'stowage-test-'));
  const environment = { STOWAGE_LOG_LEVEL: 'error', STOWAGE_DATA_DIR: dataDir, ...options.environment };
  const config = readConfig(RuntimeConfig, { STOWAGE_NATS_URLS: server.url, ...environment });
  const others: Runtime[] = [];
  const own = options.journal ? await onMemory(config, options.journal) : await startRuntime(config, 'test');
  return {
    ...own,
    now: options.now ?? own.now,
    server,
    config,
    another: async (name = 'another') => {
      if (options.journal) throw new Error('A journal in memory belongs to one process.');
      const runtime = await startRuntime(config, name);
      others.push(runtime);
      return runtime;
    },
    close: async () => {
      await Promise.all([own, ...others].map((runtime) => runtime.close()));
      if (!options.server) await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function onMemory(config: RuntimeConfig, journal: Journal): Promise<Runtime> {
  const nats = await connectNats({ servers: config.natsUrls, name: 'test', reconnectMs: 10, connectTimeoutMs: 5_000 });
  const fold = new Follower(journal);
  fold.start();
  await fold.catchUp(config.startTimeoutMs);
  const { foldTimeoutMs, commandAttemptsMax: attemptsMax } = config;
  return {
    scope: { region: config.region, account: config.accountId },
    logger: createLogger('test', config.logLevel),
    nats,
    journal,
    fold,
    commands: new JournalCommandHandler(journal, fold, { foldTimeoutMs, attemptsMax }),
    now: Date.now,
    close: async () => {
      await fold.stop();
      await journal.close();
      await nats.close();
    },
  };
}
