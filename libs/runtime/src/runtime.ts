import type { CommandHandler, Fold, Journal } from '@stowage/journal';
import type { Scope } from '@stowage/domain';
import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';

/**
 * The parts that all apps of one process share. A process with one app creates one runtime. The all-in-one process
 * creates one for all its apps, so that they share the connection, the follower and its fold.
 */
export interface Runtime {
  /** Region and account of this deployment. */
  readonly scope: Scope;
  readonly logger: Logger;
  readonly nats: NatsConnection;
  readonly journal: Journal;
  readonly fold: Fold;
  readonly commands: CommandHandler;
  /** Returns milliseconds since the epoch. Shells read the time here and pass it to the cores. */
  readonly now: () => number;
  close(): Promise<void>;
}

/** Injects the {@link Runtime} of the process. */
export const RUNTIME = Symbol('Runtime');

/** A started app. Closing it leaves the runtime open. */
export interface RunningApp {
  close(): Promise<void>;
}
