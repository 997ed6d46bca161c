import type { CommandHandler, Fold, Journal } from '@stowage/journal';
import type { Scope } from '@stowage/domain';
import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';

/**
 * What the apps of one process share. A process that runs one app makes one; the all-in-one makes one and hands it to
 * every app, so that they share the connection, the follower and its fold.
 */
export interface Runtime {
  /** Region and account that this deployment answers for. */
  readonly scope: Scope;
  readonly logger: Logger;
  readonly nats: NatsConnection;
  readonly journal: Journal;
  readonly fold: Fold;
  readonly commands: CommandHandler;
  /** Milliseconds since the epoch; the shells take the time from here and hand it to the cores. */
  readonly now: () => number;
  close(): Promise<void>;
}

/** An app that was started on a runtime. Closing it leaves the runtime open. */
export interface RunningApp {
  close(): Promise<void>;
}
