import { transactionId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { endOf, envelopesOf, partOf, placeOf, positionBefore } from './envelope';
import type { StoredEnvelope } from './message-body';
import { subjectOfEvent } from './subjects';
import { clusterCreated, clusterTagged, transaction } from './testing/transactions';
import { UnknownEvent } from './upcasters';

const stored = (
  sequence: number,
  subject: string,
  body: string,
  headers: Record<string, string> = {},
): StoredEnvelope => ({
  subject,
  sequence,
  header: (name) => headers[name] ?? '',
  body: () => body,
});

describe('an envelope', () => {
  const events = [clusterCreated('a'), clusterTagged('b', 'x')];
  const odd = { actor: ' 100 % "Ada"\r\n', cause: 'é\u0000', deduplicationKey: ' key%41\n' };

  it('returns what was written, for any text', () => {
    const written = transaction(events, [{ subject: subjectOfEvent(clusterCreated('c')), sequence: 7 }], odd);
    const envelopes = envelopesOf(written);
    const parts = envelopes.map(({ subject, body }, at) => partOf(stored(40 + at, subject, body)));
    expect(parts.map(({ event }) => event?.event)).toEqual(events);
    expect(parts.map(({ event }) => [event?.actor, event?.cause, event?.at])).toEqual(
      events.map(() => [odd.actor, odd.cause, written.at]),
    );
    expect(parts.map(({ deduplicationKey }) => deduplicationKey)).toEqual([undefined, odd.deduplicationKey]);
    expect(parts.map(({ transaction: id }) => id)).toEqual([written.id, written.id]);
  });

  it('carries the place of a message in its transaction', () => {
    const pattern = subjectOfEvent(clusterCreated('a'));
    const written = transaction(events, [
      { subject: pattern, sequence: 1 },
      { subject: subjectOfEvent(clusterCreated('x')), sequence: 2 },
      { subject: subjectOfEvent(clusterCreated('y')), sequence: 3 },
    ]);
    const places = envelopesOf(written).map(({ subject, body }, at) => placeOf(stored(10 + at, subject, body)));
    expect(places.map(({ index, count }) => [index, count])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(places.map(endOf)).toEqual([12, 12, 12]);
    expect(places.map(positionBefore)).toEqual([9, 9, 12]);
  });

  it('is also read from headers, as in journals of the first version', () => {
    const headers = {
      'Stowage-Type': 'ClusterCreated',
      'Stowage-Version': '1',
      'Stowage-Time': '1700000000000',
      'Stowage-Transaction': '00000000-0000-7000-8000-000000000001',
      'Stowage-Actor': '%20100 %25',
      'Stowage-Cause': 'request-1',
      'Stowage-Part': '2/2',
      'Stowage-Key': 'key%2541',
    };
    const event = clusterCreated('a');
    expect(partOf(stored(9, subjectOfEvent(event), JSON.stringify(event), headers))).toEqual({
      transaction: transactionId('00000000-0000-7000-8000-000000000001'),
      index: 2,
      count: 2,
      sequence: 9,
      deduplicationKey: 'key%41',
      event: {
        subject: subjectOfEvent(event),
        event,
        sequence: 9,
        at: 1_700_000_000_000,
        transaction: transactionId('00000000-0000-7000-8000-000000000001'),
        actor: ' 100 %',
        cause: 'request-1',
      },
    });
    const guard = partOf(stored(8, 'journal.guard', '', { ...headers, 'Stowage-Part': '1/2', 'Stowage-Key': '' }));
    expect(guard).toEqual({ transaction: headers['Stowage-Transaction'], index: 1, count: 2, sequence: 8 });
  });

  it('is rejected if it is not ours, and its place is known even if its event is not', () => {
    expect(() => partOf(stored(3, 'journal.guard', ''))).toThrow('Message 3 of the journal has no envelope.');
    const [first] = envelopesOf(transaction([clusterCreated('a')]));
    const newer = first?.body.replace('ClusterCreated', 'ClusterRenamed') ?? '';
    expect(placeOf(stored(3, 'journal.cluster.a', newer))).toMatchObject({ index: 1, count: 1 });
    expect(() => partOf(stored(3, 'journal.cluster.a', newer))).toThrow(UnknownEvent);
  });
});
