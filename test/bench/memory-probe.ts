/**
 * Loaded into a measured process. It answers each message of its parent with its memory, with the heap after a
 * collection.
 */
process.on('message', () => {
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  process.send?.({ rss, heapUsed: process.memoryUsage().heapUsed });
});
process.channel?.unref();
