import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 60_000;
const INTERVAL_MS = 25;

/** Resolves when `holds` returns true; rejects after a minute with `what` was waited for. */
export async function waitFor(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Not in time: ${what}.`);
    await sleep(INTERVAL_MS);
  }
}
