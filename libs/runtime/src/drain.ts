import type { Subscription } from 'nats';

/** How long the server may take to confirm that nothing more will come. Without a server there is nothing to wait for. */
export const DRAIN_MS = 1_000;

/** Ends subscriptions; what has arrived is still handled. Never fails: the connection may be down, or gone. */
export async function drain(subscriptions: readonly Subscription[]): Promise<void> {
  const drained = Promise.allSettled(subscriptions.map(async (subscription) => subscription.drain()));
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise((resolve) => (timer = setTimeout(resolve, DRAIN_MS)));
  await Promise.race([drained, waited]);
  clearTimeout(timer);
}
