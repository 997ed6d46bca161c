import type { InstanceId } from '@stowage/domain';

/**
 * All NATS subjects outside of the journal. The subjects of the journal are in libs/journal/src/subjects.ts. NATS
 * defines those of the JetStream API and the inboxes.
 */

/** The services that carry out operations, which are also the queue groups of their replicas. */
export type OwnerName =
  'cluster-manager' | 'scheduler' | 'api-gateway' | 'service-controller' | 'load-balancer-registrar';

/** Subject on which an owner's replicas receive an operation, and Nest's message pattern. */
export const operationSubject = (owner: OwnerName, operation: string): string => `${owner}.${operation}`;

/** Requests of agents to the cluster manager. */
export const AGENT_VERBS = [
  'register',
  'heartbeat',
  'work',
  'task-definition',
  'report',
  'recovered',
  'task-protection',
] as const;
export type AgentVerb = (typeof AGENT_VERBS)[number];

export const agentSubject = (instance: InstanceId, verb: AgentVerb | 'hint' | 'logs'): string =>
  `agents.${instance}.${verb}`;

/** Subject of one verb for all agents. */
export const everyAgentSubject = (verb: AgentVerb): string => `agents.*.${verb}`;

/** Returns the instance that a subject of {@link everyAgentSubject} belongs to. */
export const instanceOfSubject = (subject: string): string => subject.split('.')[1] ?? '';

/** All subjects that one agent may publish and subscribe to, except for its inbox. */
export const allAgentSubjects = (instance: InstanceId): string => `agents.${instance}.>`;

/** Inbox prefix of one agent. With the common prefix, an agent could read the answers to all clients. */
export const agentInboxPrefix = (instance: InstanceId): string => `_INBOX_${instance}`;

/** Inbox prefix of a program that reads events, in the account of the readers. */
export const readerInboxPrefix = (consumer: string): string => `_INBOX_${consumer}`;

/**
 * Returns true if an answer may be sent to the reply subject of a request. NATS checks the subjects to which a client
 * publishes, but not its reply subjects. The answer is sent with the permissions of this process and could otherwise be
 * redirected into the journal.
 */
export const isInbox = (reply: string | undefined): boolean => reply !== undefined && /^_INBOX(_[^.]+)?\./.test(reply);
