import { Semaphore, sleep } from '@stowage/concurrency';

export interface PermitSettings {
  /** Number of creates and starts at the same time, for each set of drivers. */
  readonly permits: number;
  /** An operation passes its permit on after this time in milliseconds, though it goes on. */
  readonly holdMaxMs: number;
}

export interface PermitRequest {
  /** The drivers that the operation waits for outside of Docker; see outsideDrivers. */
  readonly drivers: string;
  /** Starts go first, so that containers that exist run before further ones are created. */
  readonly isUrgent: boolean;
  /** Ends the wait for a permit. */
  readonly signal: AbortSignal;
}

/**
 * Limits the creates and starts that Docker works on at the same time. Operations that wait for the same drivers share
 * the permits of these drivers, so that a log server that does not answer delays only the containers that log to it.
 * An operation that takes too long gives its permit up, so that not even those wait for each other.
 */
export class DockerPermits {
  /** At most one for each set of drivers in the task definitions of this instance. */
  private readonly semaphores = new Map<string, Semaphore>();

  constructor(private readonly settings: PermitSettings) {}

  /** @throws SemaphoreDenied if `signal` aborted before `operation` began */
  async run<Result>({ drivers, ...wait }: PermitRequest, operation: () => Promise<Result>): Promise<Result> {
    const ended = new AbortController();
    const started = await this.semaphoreOf(drivers).run<{ readonly result: Promise<Result> }>(async () => {
      const result = operation().finally(() => ended.abort());
      // Its caller handles a failure, possibly after the permit was passed on.
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
