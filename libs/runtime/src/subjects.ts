import type { InstanceId } from '@stowage/domain';

/**
 * Every NATS subject outside of the journal. Those of the journal are in libs/journal/src/subjects.ts; the JetStream API
 * and the inboxes are NATS's own.
 */

/** The services that carry out operations; also the queue groups of their replicas. */
export type OwnerName =
  'cluster-manager' | 'scheduler' | 'api-gateway' | 'service-controller' | 'load-balancer-registrar';

/** Where an owner's replicas are asked for an operation; Nest's message pattern too. */
export const operationSubject = (owner: OwnerName, operation: string): string => `${owner}.${operation}`;

/** What agents ask of the cluster manager. */
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

/** One verb of every agent. */
export const everyAgentSubject = (verb: AgentVerb): string => `agents.*.${verb}`;

/** The instance that a subject of {@link everyAgentSubject} speaks for. */
export const instanceOfSubject = (subject: string): string => subject.split('.')[1] ?? '';

/** All that one agent may say and hear, but for its inbox. */
export const allOfAgent = (instance: InstanceId): string => `agents.${instance}.>`;

/** An agent's own prefix of inboxes: with the common one it could read the answers to everybody. */
export const agentInboxPrefix = (instance: InstanceId): string => `_INBOX_${instance}`;

/** Of a program that reads events, inside the readers' account. */
export const readerInboxPrefix = (consumer: string): string => `_INBOX_${consumer}`;

/**
 * Whether an answer may go where a question asks for it. NATS checks what a client publishes and not where it wants
 * its answers: those go out with our rights, and could be sent into the journal.
 */
export const isInbox = (reply: string | undefined): boolean => reply !== undefined && /^_INBOX(_[^.]+)?\./.test(reply);
