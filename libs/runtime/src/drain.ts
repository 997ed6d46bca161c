import type { Subscription } from 'nats';

/**
 * Time within which the server must confirm the end of the subscriptions. Without a connection the confirmation never
 * arrives.
 */
export const DRAIN_MS = 1_000;

/**
 * Ends subscriptions. Messages that have already arrived are still handled. Never rejects, because the connection may
 * be down or closed.
 */
export async function drain(subscriptions: readonly Subscription[]): Promise<void> {
  const drained = Promise.allSettled(subscriptions.map(async (subscription) => subscription.drain()));
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise((resolve) => (timer = setTimeout(resolve, DRAIN_MS)));
  await Promise.race([drained, waited]);
  clearTimeout(timer);
}
