import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;
/** Limit of a wait. It only has to be longer than any delay of a busy machine. */
const TIMEOUT_MS = 20_000;
/** The first pass may have started before the call, and the second one may have read the state before it. */
const PASSES = 3;

/**
 * Resolves when `holds` returns true.
 * @throws Error if it does not within `timeoutMs` milliseconds.
 */
export async function until(
  condition: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ${String(timeoutMs)} ms: ${condition}.`);
    await delay(POLL_MS);
  }
}

/**
 * Resolves when `count` has grown by `passes`. A test that expects no effect uses it in place of a delay: it lets the
 * component complete further passes (reconcile passes, heartbeats, retries), however long the machine takes for them.
 */
export async function furtherPasses(count: () => number, passes = PASSES): Promise<void> {
  const from = count();
  await until(`${String(passes)} further passes after ${String(from)}`, () => count() >= from + passes);
}
