import { eventBridgeEvents } from '@stowage/aws-api';
import { aggregateOf, applyEvent, type ClusterState, invalidParameter, type Scope, stateAfter } from '@stowage/domain';
import { PastOutOfReach, type PastStates } from '@stowage/journal';
import type { EntrySource, EventEntry, EventText } from './event-entry';
import type { EventSource } from './event-source';

/**
 * Events in ECS's formats. They contain the whole record after each event, so each reader has a fold of its own that
 * advances with it. A fold is as large as the state, which is why the number of such readers is small.
 */
export class EventBridgeSource implements EntrySource {
  constructor(
    private readonly source: EventSource,
    private readonly states: PastStates,
    private readonly scope: Scope,
  ) {}

  /**
   * @throws Refusal if the state at `position` is too expensive to fold.
   * @throws JournalUnavailable if the journal is unavailable.
   */
  async open(position: number): Promise<(signal: AbortSignal) => AsyncIterable<readonly EventEntry[]>> {
    const state = await this.states.ownAt(position).catch((error: unknown) => {
      throw error instanceof PastOutOfReach ? invalidParameter(`from: ${error.message}`) : error;
    });
    return (signal) => this.follow(position, state, signal);
  }

  private async *follow(
    position: number,
    state: ClusterState,
    signal: AbortSignal,
  ): AsyncGenerator<readonly EventEntry[]> {
    for await (const entries of this.source.follow(position, signal)) {
      yield entries.map((entry) => this.translated(entry, state));
    }
  }

  private translated({ transaction }: EventEntry, state: ClusterState): EventEntry {
    const texts: EventText[] = [];
    for (const stored of transaction.events) {
      const { event, sequence } = stored;
      const after = stateAfter(state, [event], stored.at);
      const aggregate = aggregateOf(event);
      const cluster = 'cluster' in aggregate ? aggregate.cluster : undefined;
      for (const published of eventBridgeEvents(event, stored, { after, scope: this.scope })) {
        texts.push({ sequence, type: published['detail-type'], cluster, json: JSON.stringify(published) });
      }
      applyEvent(state, event, stored);
    }
    return { transaction, texts: () => texts };
  }
}
