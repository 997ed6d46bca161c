import { containerOptions } from '../core/container-options';
import { containerFailure, pullFailure, timeoutFailure, type Transition } from '../core/engine-failure';
import type { Failure, ReadyImage } from '../core/facts';
import type { HostFacts } from '../core/host-facts';
import { readLabels } from '../core/labels';
import { created, observe, type Observed } from '../core/observe';
import type { ContainerPlan, TaskPlan } from '../core/task-plan';
import { Backoff } from './backoff';
import { type ContainerEngine, EngineError } from './container-engine';
import type { ImagePuller } from './image-puller';
import type { TaskResources } from './task-resources';
import type { Turnstile } from './turnstile';

/** What a step came to: what is now so, why it can't be, or that it was not begun because nobody wants it any more. */
export type Outcome<T> = { readonly done: T } | { readonly failure: Failure } | { readonly abandoned: true };

export interface StepSettings {
  readonly pullTimeoutMs: number;
  readonly createTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** What a create needs to know of this host for one container of one task. */
export type HostFactsFor = (plan: TaskPlan, container: ContainerPlan) => Promise<HostFacts>;

export interface StepParts {
  readonly engine: ContainerEngine;
  readonly images: ImagePuller;
  readonly resources: TaskResources;
  /** For creates and starts: starts go first, so that what was begun is finished before more is begun. */
  readonly turnstile: Turnstile;
  readonly hostFacts: HostFactsFor;
}

type OnTrouble = (error: unknown) => void;

interface Attempt {
  readonly transition: Transition;
  readonly timeoutMs: number;
  readonly failed: (message: string) => Failure;
  /** The task no longer wants it. */
  readonly signal: AbortSignal;
}

class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/**
 * Carries out single steps on Docker. While Docker is away a step waits for it, for as long as the step may take; then
 * it has timed out. What Docker refuses has failed for good.
 */
export class ContainerSteps {
  constructor(
    private readonly parts: StepParts,
    private readonly settings: StepSettings,
  ) {}

  /** Volumes, cgroup, shared namespaces. */
  async prepare(plan: TaskPlan, signal: AbortSignal): Promise<Outcome<true>> {
    const timeoutMs = this.settings.createTimeoutMs;
    const failed = (message: string): Failure => ({ error: 'ResourceInitializationError', message });
    const outcome = await this.attempt({ transition: 'created', timeoutMs, failed, signal }, () => {
      return this.parts.resources.prepare(plan);
    });
    if (!('done' in outcome)) return outcome;
    return outcome.done ? { failure: outcome.done } : { done: true };
  }

  pull(container: ContainerPlan, signal: AbortSignal): Promise<Outcome<ReadyImage>> {
    const attempt = {
      transition: 'pulled',
      timeoutMs: this.settings.pullTimeoutMs,
      failed: (message: string): Failure => pullFailure(message, container.image),
      signal,
    } as const;
    return this.attempt(attempt, () => this.parts.images.ready(container.image));
  }

  create(plan: TaskPlan, container: ContainerPlan, signal: AbortSignal): Promise<Outcome<Observed>> {
    const timeoutMs = this.settings.createTimeoutMs;
    const failed = (message: string): Failure => containerFailure('created', message);
    return this.attempt({ transition: 'created', timeoutMs, failed, signal }, async (bound) => {
      const body = containerOptions(plan, container, await this.parts.hostFacts(plan, container));
      return this.pass('patient', signal, async () => {
        try {
          return created(await this.parts.engine.create(container.dockerName, body, bound));
        } catch (error) {
          return this.createdBefore(plan, container, error);
        }
      });
    });
  }

  /** The name is the task's own: who bears it was made by this agent before it died, or by a request that it gave up. */
  private async createdBefore(plan: TaskPlan, container: ContainerPlan, error: unknown): Promise<Observed> {
    if (!(error instanceof EngineError) || error.kind !== 'conflict') throw error;
    const found = await this.parts.engine.inspect(container.dockerName);
    if (!found || readLabels(found.Config.Labels ?? {})?.task !== plan.item.task) throw error;
    return observe(found);
  }

  start(plan: TaskPlan, containerId: string, signal: AbortSignal): Promise<Outcome<Observed>> {
    const timeoutMs = this.settings.startTimeoutMs;
    const failed = (message: string): Failure => containerFailure('running', message);
    return this.attempt({ transition: 'running', timeoutMs, failed, signal }, async (bound) => {
      await this.parts.resources.ensurePause(plan);
      await this.pass('urgent', signal, () => this.parts.engine.start(containerId, bound));
      const inspect = await this.parts.engine.inspect(containerId);
      if (!inspect) throw new EngineError('refused', 'The container was removed while it was started.');
      return observe(inspect);
    });
  }

  private pass<T>(urgency: 'urgent' | 'patient', signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
    return this.parts.turnstile.pass(urgency, () => {
      if (signal.aborted) throw new Abandoned();
      return operation();
    });
  }

  /** Tries for as long as it takes: what runs is never called stopped. Gives up only with the agent itself. */
  async stop(container: string, graceMs: number, closing: AbortSignal, onTrouble: OnTrouble): Promise<void> {
    const backoff = new Backoff(this.settings.retryMinMs, this.settings.retryMaxMs);
    while (!closing.aborted) {
      try {
        await this.parts.engine.stop(container, graceMs);
        return;
      } catch (error) {
        if (error instanceof EngineError && error.kind === 'missing') return;
        onTrouble(error);
        await backoff.failed(closing);
      }
    }
  }

  private async attempt<T>(
    { transition, timeoutMs, failed, signal }: Attempt,
    operation: (bound: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    const bound = AbortSignal.timeout(timeoutMs);
    const over = AbortSignal.any([bound, signal]);
    const backoff = new Backoff(this.settings.retryMinMs, this.settings.retryMaxMs);
    for (;;) {
      try {
        return { done: await operation(bound) };
      } catch (error) {
        if (error instanceof Abandoned) return { abandoned: true };
        if (!(error instanceof EngineError)) throw error;
        if (error.kind === 'timeout') return { failure: timeoutFailure(transition, timeoutMs) };
        if (error.kind !== 'unreachable') return { failure: failed(error.message) };
        await backoff.failed(over);
        if (bound.aborted) return { failure: timeoutFailure(transition, timeoutMs) };
        // A start that Docker may have begun before it went away is followed up; all else is let go.
        if (signal.aborted && transition !== 'running') return { abandoned: true };
      }
    }
  }
}
