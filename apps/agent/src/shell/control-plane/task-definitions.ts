import type { RegisteredDefinition, TaskDefinitionRef } from '@stowage/domain';
import { Backoff } from '@stowage/concurrency';
import type { ControlPlane } from './control-plane';

/** Number of cached task definitions. A cached one never becomes stale, because a revision never changes. */
const CACHED_MAX = 500;
/** Attempts per definition: a replica of the control plane that lags does not know a new revision yet. */
const ATTEMPTS_MAX = 8;

export interface DefinitionSettings {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** Fetches and caches task definitions by reference. Concurrent requests for the same definition share one fetch. */
export class TaskDefinitions {
  private readonly cached = new Map<string, Promise<RegisteredDefinition | undefined>>();

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly settings: DefinitionSettings,
  ) {}

  /**
   * Resolves with undefined if the control plane does not know the definition after all attempts.
   * @throws the error of the request if it fails.
   */
  get(ref: TaskDefinitionRef): Promise<RegisteredDefinition | undefined> {
    const key = `${ref.family}:${String(ref.revision)}`;
    const known = this.cached.get(key);
    if (known) return known;
    const fetched = this.fetch(ref);
    this.cached.set(key, fetched);
    const evict = (): boolean => this.cached.delete(key);
    fetched.then((definition) => definition ?? evict(), evict);
    const [oldest] = this.cached.keys();
    if (this.cached.size > CACHED_MAX && oldest !== undefined) this.cached.delete(oldest);
    return fetched;
  }

  private async fetch(ref: TaskDefinitionRef): Promise<RegisteredDefinition | undefined> {
    const backoff = new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const answer = await this.controlPlane.taskDefinition(ref);
      if (answer.found) return answer.definition;
      if (attempt < ATTEMPTS_MAX) await backoff.failed();
    }
    return undefined;
  }
}
