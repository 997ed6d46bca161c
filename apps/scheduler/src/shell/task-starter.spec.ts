import type { DomainEvent } from '@stowage/domain';
import { MemoryJournal } from '@stowage/journal';
import { expect, it } from 'vitest';
import { clusterCreated, defined, instance, registered } from '../testing/history';
import { memoryScheduler, runTaskRequest, write } from '../testing/memory-scheduler';

const FAILURES_MAX = 1_000;
const EVENTS_AT_ONCE = 500;

it('an answer reports at most a thousand instances that refused the tasks', async () => {
  const journal = new MemoryJournal();
  const full: readonly DomainEvent[] = Array.from({ length: FAILURES_MAX + 5 }, (_, at) =>
    registered(instance(at), { resources: { memory: 0 } }),
  ).flat();
  await write(journal, [clusterCreated, defined('app'), ...registered(instance(FAILURES_MAX + 5))]);
  for (let at = 0; at < full.length; at += EVENTS_AT_ONCE) await write(journal, full.slice(at, at + EVENTS_AT_ONCE));
  const { starter, follower } = memoryScheduler(journal);
  await follower.catchUp(5_000);
  const { output } = await starter.runTask(runTaskRequest({ taskDefinition: 'app', count: 10 }));
  expect(output.tasks).toHaveLength(4);
  expect(new Set(output.failures?.map(({ arn }) => arn)).size).toBe(FAILURES_MAX);
  expect(output.failures).toHaveLength(FAILURES_MAX);
  await follower.stop();
});
