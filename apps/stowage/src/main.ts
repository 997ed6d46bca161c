import { join, relative } from 'node:path';
import { UserError } from './user-error';
import { stowageConfig } from './config';
import { type ReadyFacts, readyMessage } from './core/ready-message';
import { addressOf } from './shell/host-address';
import { lockData } from './shell/data-lock';
import { type DataFolder, openDataFolder } from './shell/data-folder';
import { LocalStowage } from './shell/local-stowage';
import { stopOrphans } from './shell/own-processes';
import { parseStartOptions, type StartOptions } from './start-options';
import type { Tools } from './tools';

/**
 * `npm start`, after the set-up: locks the data folder, stops leftover processes of an earlier Stowage, starts all
 * processes, prints one message when ready, and runs until a signal stops it.
 */
export async function startStowage(argv: readonly string[], tools: Tools): Promise<void> {
  const usualData = join(tools.root, '.stowage');
  const given = parseStartOptions(argv, usualData);
  if (!given) return;
  const options = { ...given, host: await addressOf(given.host) };
  const folder = openDataFolder(options.data);
  const lock = await lockData(folder.path);
  const asked = askedToEnd();
  try {
    await stopOrphans(folder.path, report);
    const stowage = new LocalStowage({ options, folder, tools, config: stowageConfig() }, report);
    try {
      const endpoint = await Promise.race([stowage.start(), asked.then(endedEarly)]);
      process.stdout.write(`${readyMessage({ endpoint, ...toTell(options, folder, usualData) })}\n`);
      await asked;
      report('Stopping; task containers keep running.');
    } finally {
      await stowage.stop();
    }
  } finally {
    lock.release();
  }
}

function toTell(
  { data, instances }: StartOptions,
  folder: DataFolder,
  usualData: string,
): Omit<ReadyFacts, 'endpoint'> {
  // Measured from the start of this process, including the set-up.
  const tookMs = performance.now();
  return data === usualData
    ? { instances, tookMs, envFile: relative(process.cwd(), folder.env) }
    : { instances, tookMs, envFile: folder.env, data };
}

function askedToEnd(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}

function endedEarly(signal: NodeJS.Signals): never {
  throw new UserError(`Stopped by ${signal} before it was ready.`);
}

function report(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
