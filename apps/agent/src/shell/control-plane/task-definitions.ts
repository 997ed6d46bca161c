import type { RegisteredDefinition, TaskDefinitionRef } from '@stowage/domain';
import { Backoff } from '@stowage/concurrency';
import type { ControlPlane } from './control-plane';

/** Revisions never change, so one that was asked for is kept; so many of them. */
const KEPT_MAX = 500;
/** A replica that lags does not know a new revision yet. */
const ATTEMPTS_MAX = 8;

export interface DefinitionSettings {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** Task definitions by reference; tasks that need the same one at the same time ask once. */
export class TaskDefinitions {
  private readonly kept = new Map<string, Promise<RegisteredDefinition | undefined>>();

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly settings: DefinitionSettings,
  ) {}

  /** Undefined when the control plane, asked several times, does not know it. @throws what the request throws. */
  get(ref: TaskDefinitionRef): Promise<RegisteredDefinition | undefined> {
    const key = `${ref.family}:${String(ref.revision)}`;
    const known = this.kept.get(key);
    if (known) return known;
    const asked = this.ask(ref);
    this.kept.set(key, asked);
    const forget = (): boolean => this.kept.delete(key);
    asked.then((definition) => definition ?? forget(), forget);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return asked;
  }

  private async ask(ref: TaskDefinitionRef): Promise<RegisteredDefinition | undefined> {
    const backoff = new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const answer = await this.controlPlane.taskDefinition(ref);
      if (answer.found) return answer.definition;
      if (attempt < ATTEMPTS_MAX) await backoff.failed();
    }
    return undefined;
  }
}
