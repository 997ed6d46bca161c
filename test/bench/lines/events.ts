import { clusterName, type DomainEvent } from '@stowage/domain';
import { EventReader } from '../../support/event-reader';
import { startTestGateway, type TestGateway } from '../../support/gateway';
import { median } from '../figures';
import { type Line, line, type Measure } from '../line';

const READERS = 200;
const EVENTS = 1_000;
const ROUNDS = 3;

/** Two hundred readers of the event stream at once: the deliveries per second, and the effect on writers. */
export const measureEvents: Measure = async (say) => {
  const gateway = await startTestGateway({ alone: true });
  const readers: EventReader[] = [];
  try {
    const [alone, one, all, withAll]: [number[], number[], number[], number[]] = [[], [], [], []];
    const first = await EventReader.open(gateway.url);
    for (let round = 0; round < ROUNDS; round += 1) {
      one.push(await delivered(gateway, [first], alone));
      while (readers.length < READERS) readers.push(await EventReader.open(gateway.url));
      all.push(await delivered(gateway, readers, withAll));
      for (const reader of readers.splice(0)) reader.close();
    }
    first.close();
    say(`every reader got every event in order, ${String(ROUNDS)} times`);
    const lines: Line[] = [
      line({
        name: `events to ${String(READERS)} readers at once`,
        value: median(all),
        unit: 'events/s',
        floor: median(one),
        ratioAtLeast: 1,
      }),
      line({
        name: `commits while ${String(READERS)} read`,
        value: median(withAll),
        unit: '1/s',
        floor: median(alone),
      }),
    ];
    return lines;
  } finally {
    for (const reader of readers) reader.close();
    await gateway.close();
  }
};

/**
 * Commits events and waits until each reader has all of them. Returns deliveries per second, and adds commits per
 * second to `commits`.
 */
async function delivered(gateway: TestGateway, readers: readonly EventReader[], commits: number[]): Promise<number> {
  const before = readers.map(({ events }) => events.length);
  const began = performance.now();
  for (let at = 0; at < EVENTS; at += 1) await gateway.commit(tagged(at));
  commits.push((EVENTS * 1_000) / (performance.now() - began));
  const deadline = began + 120_000;
  while (readers.some(({ events }, at) => events.length < (before[at] ?? 0) + EVENTS)) {
    if (performance.now() > deadline) throw new Error('A reader did not get all events in time.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const { sequences } of readers) {
    const gap = sequences.findIndex((sequence, at) => at > 0 && sequence !== (sequences[at - 1] ?? 0) + 1);
    if (gap >= 0) throw new Error(`A reader has a gap before ${String(sequences[gap])}.`);
  }
  return (EVENTS * readers.length * 1_000) / (performance.now() - began);
}

const tagged = (value: number): DomainEvent => ({
  type: 'ClusterTagsSet',
  version: 1,
  cluster: clusterName('bench'),
  tags: [{ key: 'k', value: String(value) }],
});
