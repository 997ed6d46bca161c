import { Backoff, SemaphoreDenied } from '@stowage/concurrency';
import { containerOptions } from '../../core/containers/container-options';
import { containerFailure, pullFailure, timeoutFailure, type Transition } from '../../core/containers/engine-failure';
import type { Failure, ReadyImage } from '../../core/containers/facts';
import type { HostFacts } from '../../core/containers/host-facts';
import { readLabels, TASK_LABEL } from '../../core/containers/labels';
import { created, observe, type Observed } from '../../core/containers/observe';
import { outsideDrivers } from '../../core/containers/outside-drivers';
import type { ContainerPlan, TaskPlan } from '../../core/tasks/task-plan';
import { Abandoned } from './abandoned';
import { type ContainerEngine, EngineError } from './container-engine';
import type { DockerPermits } from './docker-permits';
import type { ImagePuller } from '../images/image-puller';
import type { TaskResources } from '../tasks/task-resources';

/** The outcome of a step: its result, the reason for its failure, or that the task no longer needs it. */
export type Outcome<T> = { readonly done: T } | { readonly failure: Failure } | { readonly abandoned: true };

export interface StepSettings {
  readonly pullTimeoutMs: number;
  readonly createTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** Returns the properties of this host that the create request of one container needs. */
export type HostFactsFor = (plan: TaskPlan, container: ContainerPlan) => Promise<HostFacts>;

export interface StepParts {
  readonly engine: ContainerEngine;
  readonly images: ImagePuller;
  readonly resources: TaskResources;
  readonly permits: DockerPermits;
  readonly hostFacts: HostFactsFor;
}

/** The signals that end the steps of one task. */
export interface StepSignals {
  /** The task is to stop, or the agent closes. No further step begins. */
  readonly stop: AbortSignal;
  /** The timeout for operations that Docker has already begun has passed. */
  readonly abandon: AbortSignal;
  /** The agent closes. */
  readonly closing: AbortSignal;
}

type OnTrouble = (error: unknown) => void;

interface Attempt {
  readonly transition: Transition;
  readonly timeoutMs: number;
  readonly failed: (message: string) => Failure;
  readonly signals: StepSignals;
}

/**
 * Executes single steps on Docker. While Docker is unavailable, a step retries until its time limit. An error response
 * of Docker is final.
 */
export class ContainerSteps {
  constructor(
    private readonly parts: StepParts,
    private readonly settings: StepSettings,
  ) {}

  /** Creates volumes, cgroup and shared namespaces. */
  async prepare(plan: TaskPlan, signals: StepSignals): Promise<Outcome<true>> {
    const timeoutMs = this.settings.createTimeoutMs;
    const failed = (message: string): Failure => ({ error: 'ResourceInitializationError', message });
    const outcome = await this.attempt({ transition: 'created', timeoutMs, failed, signals }, (bound) => {
      return this.parts.resources.prepare(plan, bound);
    });
    if (!('done' in outcome)) return outcome;
    return outcome.done ? { failure: outcome.done } : { done: true };
  }

  pull(container: ContainerPlan, signals: StepSignals): Promise<Outcome<ReadyImage>> {
    const attempt = {
      transition: 'pulled',
      timeoutMs: this.settings.pullTimeoutMs,
      failed: (message: string): Failure => pullFailure(message, container.image),
      signals,
    } as const;
    return this.attempt(attempt, () => this.parts.images.ready(container.image, signals.stop));
  }

  create(plan: TaskPlan, container: ContainerPlan, signals: StepSignals): Promise<Outcome<Observed>> {
    const timeoutMs = this.settings.createTimeoutMs;
    const failed = (message: string): Failure => containerFailure('created', message);
    const drivers = outsideDrivers(plan, container);
    return this.attempt({ transition: 'created', timeoutMs, failed, signals }, async (bound) => {
      const body = containerOptions(plan, container, await this.parts.hostFacts(plan, container));
      const signal = AbortSignal.any([bound, signals.stop]);
      return this.parts.permits.run({ drivers, isUrgent: false, signal }, async () => {
        try {
          return created(await this.parts.engine.create(container.dockerName, body, bound));
        } catch (error) {
          return this.createdBefore(plan, container, error);
        }
      });
    });
  }

  /**
   * The name belongs to this task only, so an earlier process of this agent or an abandoned call created the container.
   */
  private async createdBefore(plan: TaskPlan, container: ContainerPlan, error: unknown): Promise<Observed> {
    if (!(error instanceof EngineError) || error.kind !== 'conflict') throw error;
    const found = await this.parts.engine.inspect(container.dockerName);
    if (!found || readLabels(found.Config.Labels ?? {})?.task !== plan.item.task) throw error;
    return observe(found);
  }

  async start(
    plan: TaskPlan,
    container: ContainerPlan,
    { containerId, signals }: { readonly containerId: string; readonly signals: StepSignals },
  ): Promise<Outcome<Observed>> {
    const timeoutMs = this.settings.startTimeoutMs;
    const failed = (message: string): Failure => containerFailure('running', message);
    const drivers = outsideDrivers(plan, container);
    const outcome = await this.attempt({ transition: 'running', timeoutMs, failed, signals }, async (bound) => {
      await this.parts.resources.ensurePause(plan, bound);
      const signal = AbortSignal.any([bound, signals.stop]);
      await this.parts.permits.run({ drivers, isUrgent: true, signal }, () => {
        return this.parts.engine.start(containerId, bound);
      });
      const inspect = await this.parts.engine.inspect(containerId);
      if (!inspect) throw new EngineError('refused', 'The container was removed while it was started.');
      return observe(inspect);
    });
    return 'done' in outcome ? outcome : ((await this.startedAfterAll(plan, containerId, signals.closing)) ?? outcome);
  }

  /**
   * Docker may have started a container although the step failed. A task is never reported as stopped while one of its
   * containers runs, so this retries until Docker answers. It requests the list first, because the inspection of a
   * container that hangs in its start does not return.
   */
  private async startedAfterAll(
    plan: TaskPlan,
    containerId: string,
    closing: AbortSignal,
  ): Promise<Outcome<Observed> | undefined> {
    const backoff = this.backoff();
    while (!closing.aborted) {
      try {
        const listed = await this.parts.engine.list([`${TASK_LABEL}=${plan.item.task}`]);
        if (listed.find(({ Id }) => Id === containerId)?.State !== 'running') return undefined;
        const inspect = await this.parts.engine.inspect(containerId);
        return inspect && { done: observe(inspect) };
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        await backoff.failed(closing);
      }
    }
    return undefined;
  }

  /**
   * Retries until the container has stopped or the agent closes, because a running container must not be reported as
   * stopped.
   */
  async stop(container: string, graceMs: number, closing: AbortSignal, onTrouble: OnTrouble): Promise<void> {
    const backoff = this.backoff();
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
    { transition, timeoutMs, failed, signals: { stop, abandon } }: Attempt,
    operation: (bound: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const bound = AbortSignal.any([timeout, abandon]);
    const over = AbortSignal.any([timeout, stop]);
    const backoff = this.backoff();
    for (;;) {
      try {
        return { done: await operation(bound) };
      } catch (error) {
        if (isRefused(error)) return { failure: failed(error.message) };
        if (!isInterrupted(error)) throw error;
        await backoff.failed(over);
        if (timeout.aborted) return { failure: timeoutFailure(transition, timeoutMs) };
        if (stop.aborted) return { abandoned: true };
      }
    }
  }

  private backoff(): Backoff {
    return new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
  }
}

function isRefused(error: unknown): error is EngineError {
  return error instanceof EngineError && error.kind !== 'unreachable' && error.kind !== 'timeout';
}

/** Docker did not answer, or the step did not reach it. */
function isInterrupted(error: unknown): boolean {
  return error instanceof EngineError || error instanceof Abandoned || error instanceof SemaphoreDenied;
}
