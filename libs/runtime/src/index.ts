/**
 * The parts that every process needs: configuration, logging, the NATS connection and its credentials, requests between
 * services, and `Runtime`, the parts that apps in one process share (connection, journal, follower with its fold).
 *
 * It contains no domain rules.
 */
export { AgentChannelError, type AgentAnswer, type AgentProtocol, type AgentRequest } from './agent-channel';
export * from './agent-link';
export * from './agents-server';
export * from './owners-client';
export * from './client-token';
export * from './config';
export * from './logging';
export * from './nats-connection';
export * from './operations';
export * from './owned-operations';
export * from './refusals';
export * from './runtime';
export { appRoot, nestOptions } from './app-root';
export * from './bootstrap';
export * from './subjects';
export * from './run-app';
export * from './start-runtime';
export * from './authority/authority';
export * from './authority/certificates';
export * from './authority/nats-server-config';
export * from './authority/readers';
export * from './join/admit-agent';
export * from './join/config';
export * from './join/join';
export * from './join/join-deployment';
export * from './join/join-service';
export { writePrivate } from './private-files';
export * from './readers/event-reader-service';
export * from './sealing';
