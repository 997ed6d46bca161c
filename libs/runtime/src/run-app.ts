import { errorText } from '@stowage/concurrency';
import { readConfig, RuntimeConfig } from './config';
import { createLogger } from './logging';
import type { RunningApp, Runtime } from './runtime';
import { startRuntime } from './start-runtime';

/** Time within which a process must end after a signal, in milliseconds. */
export const STOP_TIMEOUT_MS = 10_000;

/** Runs one app in its own process: starts the runtime and the app, and stops both at the end. */
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
 * Runs a process. If the start fails, writes one sentence to standard error and exits with 1. On SIGTERM and SIGINT,
 * stops in order, and exits with 1 after {@link STOP_TIMEOUT_MS}.
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
        createLogger(name, 'error').error({ err: error }, 'Failed to stop the process in order; it exits now.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
