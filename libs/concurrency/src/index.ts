/**
 * Concurrency primitives: bounded waiting, mutual exclusion per key, shared calls, timeouts, delays and backoff. Each is
 * a class or a function of its own file, on Node's timers and promises, and knows nothing of Stowage.
 *
 * It is the lowest library besides libs/domain: it imports nothing, and everything with a shell may import it. Queues of
 * a single app (the scheduler's placement queues, for example) live in that app.
 */
export { Backoff, backoffMs, type BackoffBounds } from './backoff';
export { errorText } from './error-text';
export { KeyedMutex } from './keyed-mutex';
export { type Denial, Semaphore, SemaphoreDenied, type SemaphoreOptions, type WaitOptions } from './semaphore';
export { SingleFlight } from './single-flight';
export { sleep } from './sleep';
export { withTimeout } from './with-timeout';
export { WorkQueue, type WorkQueueOptions } from './work-queue';
