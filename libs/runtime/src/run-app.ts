import { errorText } from '@stowage/concurrency';
import { readConfig, RuntimeConfig } from './config';
import { createLogger } from './logging';
import type { RunningApp, Runtime } from './runtime';
import { startRuntime } from './start-runtime';

/** How long a process may take to end after it was asked to. */
export const STOP_TIMEOUT_MS = 10_000;

/** An app alone in its process: its runtime, itself, and an end in order. */
export function runApp(name: string, start: (runtime: Runtime) => Promise<RunningApp>): Promise<void> {
  return runProcess(name, async () => {
    const runtime = await startRuntime(readConfig(RuntimeConfig), name, { onFatal: () => process.exit(1) });
    try {
      const app = await start(runtime);
      runtime.logger.info('ready');
      return {
        close: async () => {
          await app.close();
          await runtime.close();
        },
      };
    } catch (error) {
      await runtime.close();
      throw error;
    }
  });
}

/**
 * What every process does: one sentence and a non-zero exit when it can't start; an end in order on SIGTERM and SIGINT,
 * by force when that takes too long.
 */
export async function runProcess(name: string, start: () => Promise<RunningApp>): Promise<void> {
  let running: RunningApp;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${name}: ${errorText(error)}\n`);
    process.exit(1);
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        createLogger(name, 'error').error({ err: error }, 'The process could not end in order.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
