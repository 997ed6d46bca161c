/** Loaded into a process that is measured: it answers any message from its parent with its memory, the heap after a collection. */
process.on('message', () => {
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  process.send?.({ rss, heapUsed: process.memoryUsage().heapUsed });
});
process.channel?.unref();
