import { Semaphore, sleep } from '@stowage/concurrency';
import type { TaskId } from '@stowage/domain';
import type { Logger } from 'pino';
import type { Failure } from '../../core/containers/facts';
import {
  agentBegan,
  agentEnded,
  attemptsDocument,
  isSuspect,
  readAttempts,
  startBegan,
  startEnded,
  startFailure,
  type StartAttempts,
} from '../../core/tasks/start-attempts';
import type { LocalStore } from '../control-plane/local-store';

const DOCUMENT = 'starts';
/** Time in milliseconds that one suspect has for its start before the next one begins. */
const SUSPECT_TURN_MS = 60_000;

/**
 * Stops a task that crashes the agent from crashing it repeatedly. Each start is recorded on disk before its first
 * request to Docker. Tasks whose start was interrupted by a crash of the agent are suspects. They are started one after
 * the other, so that the next crash shows which of them is the cause. A task whose start was interrupted too often
 * fails.
 */
export class StartGuard {
  private readonly turn = new Semaphore({ permits: 1 });
  private readonly turns = new Map<TaskId, AbortController>();

  private constructor(
    private readonly store: LocalStore,
    private readonly logger: Logger,
    private attempts: StartAttempts,
  ) {}

  static async load(store: LocalStore, logger: Logger): Promise<StartGuard> {
    const guard = new StartGuard(store, logger, agentBegan(readAttempts(await store.read(DOCUMENT))));
    await guard.write();
    return guard;
  }

  /**
   * Resolves with undefined when the start of a task may begin, or with the reason why it must not begin. `stop` aborts
   * when the task must stop.
   */
  async begin(task: TaskId, stop: AbortSignal): Promise<Failure | undefined> {
    const failure = startFailure(this.attempts, task);
    if (failure) return failure;
    if (isSuspect(this.attempts, task)) await this.inTurn(task, stop);
    if (stop.aborted) return undefined;
    this.attempts = startBegan(this.attempts, task);
    await this.write();
    return undefined;
  }

  /** Records that the task runs or is stopped. */
  ended(task: TaskId): void {
    this.turns.get(task)?.abort();
    this.turns.delete(task);
    if (!this.attempts.starting.has(task) && !isSuspect(this.attempts, task)) return;
    this.attempts = startEnded(this.attempts, task);
    void this.write();
  }

  /** Records that the agent exits gracefully. */
  async close(): Promise<void> {
    this.attempts = agentEnded(this.attempts);
    await this.write();
  }

  /** Resolves when the turn of a suspect begins. The turn lasts until the start has ended. */
  private inTurn(task: TaskId, stop: AbortSignal): Promise<void> {
    const ended = new AbortController();
    this.turns.set(task, ended);
    return new Promise((resolve) => {
      const take = (): Promise<void> => {
        resolve();
        return sleep(SUSPECT_TURN_MS, ended.signal);
      };
      void this.turn.run(take, { signal: stop, denied: () => resolve() });
    });
  }

  /**
   * Writes the starts to disk. After a failed write the agent continues, but it does not remember interrupted starts.
   */
  private async write(): Promise<void> {
    try {
      await this.store.write(DOCUMENT, attemptsDocument(this.attempts));
    } catch (error) {
      this.logger.error({ err: error }, 'Failed to write the starts of tasks to disk.');
    }
  }
}
