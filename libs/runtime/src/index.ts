/**
 * What every process needs to run: configuration, logging, the NATS connection and its credentials, how services ask
 * each other, and `Runtime`, the parts that apps in one process share (connection, journal, follower with its fold).
 *
 * No domain rule lives here.
 */
export * from './operations';
export * from './runtime';
