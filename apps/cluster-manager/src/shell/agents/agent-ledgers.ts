import { Injectable, Inject } from '@nestjs/common';
import type { DomainEvent, EpochMs, InstanceId, JournalPosition, ReadonlyClusterState } from '@stowage/domain';
import { invariant } from '@stowage/domain';
import { subjectOf, type Subject } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { AgentSideConfig } from './config';

const ACTOR = 'service:cluster-manager';

/** Access to the journal and its fold for the parts that serve agents. */
@Injectable()
export class AgentLedgers {
  constructor(
    @Inject(RUNTIME) readonly runtime: Runtime,
    private readonly config: AgentSideConfig,
  ) {}

  get state(): ReadonlyClusterState {
    return this.runtime.fold.state;
  }

  /** Position of this replica's fold. */
  get position(): JournalPosition {
    return this.at(this.runtime.fold.position);
  }

  at(sequence: number): JournalPosition {
    return { journal: this.runtime.journal.id, sequence };
  }

  /**
   * Waits until the fold has reached the position that the agent has seen.
   * @throws FoldLagging if it does not reach it in time; the agent retries and may get another replica.
   * @throws AnotherJournal if the position belongs to a different journal.
   */
  async reached(seen: JournalPosition | undefined): Promise<void> {
    if (!seen) return;
    if (seen.journal !== this.runtime.journal.id) {
      this.runtime.logger.error(
        { seen, journal: this.runtime.journal.id },
        'An agent has a position of a different journal.',
      );
      throw new AnotherJournal(`This is journal ${this.runtime.journal.id}, not ${seen.journal}.`);
    }
    await this.runtime.fold.reached(seen.sequence, this.config.agentFoldTimeoutMs);
  }

  async catchUp(): Promise<void> {
    await this.runtime.fold.catchUp(this.config.agentFoldTimeoutMs);
  }

  /** Commits the events of `decide`, if there are any. Resolves with a position at which they are in the journal. */
  async write(
    cause: string,
    decide: (state: ReadonlyClusterState, at: EpochMs) => readonly DomainEvent[],
    reads?: readonly Subject[],
  ): Promise<JournalPosition> {
    const { sequence } = await this.runtime.commands.execute({
      decide: (state, at) => ({ events: decide(state, at), result: undefined, ...(reads && { reads }) }),
      atLeast: 0,
      actor: ACTOR,
      cause,
    });
    return this.at(sequence);
  }

  /** Sequence of the newest event about the instance or its tasks; 0 if the state does not have the instance. */
  lastSequenceAbout(instance: InstanceId): number {
    const cluster = this.state.instances.get(instance)?.cluster;
    if (cluster === undefined) return 0;
    const of = (kind: 'instance' | 'task'): number =>
      this.runtime.fold.lastSequenceOf(subjectOf({ kind, cluster, instance }));
    const last = Math.max(of('instance'), of('task'));
    invariant(last > 0, 'An instance of the state has a ledger.');
    return last;
  }
}

/** The agent's position belongs to a different journal. It is ignored, and the request is not answered. */
export class AnotherJournal extends Error {
  override readonly name = 'AnotherJournal';
}
