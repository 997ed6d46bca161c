import {
  applyEvent,
  ClusterState,
  EVENTS,
  RECORD_KINDS,
  type RecordKind,
  type RecordOf,
  RECORDS,
} from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { subjectOfEvent } from '../../libs/journal/src/subjects';
import { eventsOf, foldOf, History, readRecording, recordings, stateFileOf } from './recording';

const STORED = recordings().map((name) => [name, readRecording(name)] as const);

describe.each(STORED)('the recorded journal %s', (name, messages) => {
  const events = eventsOf(messages);

  // After a change of what records hold: `npx vitest run test/replay -u`, and read the difference.
  it('folds to the stored state', async () => {
    const state = `${JSON.stringify(foldOf(events).records, null, 1)}\n`;
    await expect(state).toMatchFileSnapshot(stateFileOf(name));
  });

  it('folds to the same records in memory, where what is over is forgotten', () => {
    const state = new ClusterState();
    for (const { event, at } of events) applyEvent(state, event, { at });
    const live = new History();
    for (const kind of RECORD_KINDS) for (const record of state.all(kind).values()) live.put(kind, record);
    const notOver = new History();
    const whole = foldOf(events);
    for (const kind of RECORD_KINDS) copyLive(kind, whole.all(kind), notOver);
    expect(live.records).toEqual(notOver.records);
  });

  it('has every event on the subject of its aggregate', () => {
    for (const { event, subject } of events) expect(subjectOfEvent(event), event.type).toBe(subject);
  });
});

describe('the recorded journals', () => {
  // A new type or version of an event needs a new recording: `npm run replay:record` (docs/journal.md).
  it('have every type of event in its current version', () => {
    const recorded = new Set<string>();
    for (const [, messages] of STORED) {
      for (const { body } of messages) {
        const { type, version } = (body['event'] ?? {}) as { readonly type?: string; readonly version?: number };
        recorded.add(`${String(type)}@${String(version)}`);
      }
    }
    const missing = Object.entries(EVENTS)
      .map(([type, { version }]) => `${type}@${String(version)}`)
      .filter((each) => !recorded.has(each));
    expect(missing).toEqual([]);
  });
});

function copyLive<Kind extends RecordKind>(kind: Kind, records: Iterable<RecordOf<Kind>>, to: History): void {
  const { isOver } = RECORDS[kind];
  for (const record of records) if (!isOver?.(record)) to.put(kind, record);
}
