import { Semaphore, sleep } from '@stowage/concurrency';

export interface PermitSettings {
  /** Maximum number of concurrent creates and starts for each set of drivers. */
  readonly permits: number;
  /** An operation releases its permit after this time in milliseconds, even if it is still in progress. */
  readonly holdMaxMs: number;
}

export interface PermitRequest {
  /** The drivers that the operation waits for outside of Docker; see outsideDrivers. */
  readonly drivers: string;
  /** Starts have priority, so that existing containers run before further ones are created. */
  readonly isUrgent: boolean;
  /** Ends the wait for a permit. */
  readonly signal: AbortSignal;
}

/**
 * Limits the creates and starts that Docker handles concurrently. Operations that wait for the same drivers share the
 * permits of these drivers, so that a log server that does not answer delays only the containers that log to it. A slow
 * operation releases its permit, so that operations with the same drivers do not block each other either.
 */
export class DockerPermits {
  /** At most one entry for each set of drivers in the task definitions of this instance. */
  private readonly semaphores = new Map<string, Semaphore>();

  constructor(private readonly settings: PermitSettings) {}

  /** @throws SemaphoreDenied if `signal` aborted before `operation` began */
  async run<Result>({ drivers, ...wait }: PermitRequest, operation: () => Promise<Result>): Promise<Result> {
    const ended = new AbortController();
    const started = await this.semaphoreOf(drivers).run<{ readonly result: Promise<Result> }>(async () => {
      const result = operation().finally(() => ended.abort());
      // The caller handles a failure, possibly after the permit was released.
      result.catch(() => undefined);
      await sleep(this.settings.holdMaxMs, ended.signal);
      return { result };
    }, wait);
    return started.result;
  }

  private semaphoreOf(drivers: string): Semaphore {
    const known = this.semaphores.get(drivers) ?? new Semaphore({ permits: this.settings.permits });
    this.semaphores.set(drivers, known);
    return known;
  }
}
