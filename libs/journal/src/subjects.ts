import { type Aggregate, aggregateOf, type DomainEvent, invariant, namesOf } from '@stowage/domain';
import type { Subject } from './journal';

/** The name of the journal's stream. */
export const JOURNAL_STREAM = 'JOURNAL';

// Every name is one token. Characters with a meaning in NATS (dots, wildcards, spaces), and `=` itself, are written as
// `=XX` per byte of UTF-8. The names that ECS allows stay unchanged.
const PLAIN = /^[A-Za-z0-9_-]+$/;

/** Returns a name as one token of a subject. {@link tokenToName} reverses it; different names give different tokens. */
export function nameToToken(name: string): string {
  invariant(name.length > 0, 'An empty name has no subject.');
  if (PLAIN.test(name)) return name;
  return [...Buffer.from(name, 'utf8')].map(escapedByte).join('');
}

/** Returns the name from which {@link nameToToken} made the token. */
export function tokenToName(token: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at += 1) {
    if (token[at] === '=') {
      bytes.push(Number.parseInt(token.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(token.charCodeAt(at));
  }
  return Buffer.from(bytes).toString('utf8');
}

function escapedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return PLAIN.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

const subject = (...tokens: readonly string[]): Subject => ['journal', ...tokens].join('.') as Subject;

/** The first tokens of an aggregate's subject, where they differ from its kind. */
const FIRST_TOKENS: { readonly [Kind in Aggregate['kind']]?: readonly string[] } = {
  'account-settings': ['account', 'settings'],
};

/** Returns the subject of an aggregate: the unit of expectations and of the order of events. */
export function subjectOf(aggregate: Aggregate): Subject {
  const first = FIRST_TOKENS[aggregate.kind] ?? [aggregate.kind];
  return subject(...first, ...namesOf(aggregate).map(nameToToken));
}

export const subjectOfEvent = (event: DomainEvent): Subject => subjectOf(aggregateOf(event));

/** All subjects. */
export const everything: Subject = subject('>');

/** The contents of a cluster (instances, tasks, services), without the cluster's own subject. */
export const everythingOfCluster = (cluster: string): Subject => subject('*', nameToToken(cluster), '>');

/** The ledgers of a cluster's instances. */
export const ledgersOfCluster = (cluster: string): Subject => subject('instance', nameToToken(cluster), '*');

/** Every load balancer. */
export const everyLoadBalancer: Subject = subject('load-balancer', '*');

/**
 * The subjects that programs may read as stored: all except principals and join tokens, whose events hold sealed
 * secrets. With `cluster`, only its own events and those of its contents.
 */
export function readableSubjects(cluster?: string): readonly Subject[] {
  if (cluster !== undefined) {
    const inside = KINDS_INSIDE_CLUSTERS.map((kind) => subject(kind, nameToToken(cluster), '>'));
    return [subjectOf({ kind: 'cluster', cluster }), ...inside];
  }
  return READABLE_KINDS.map((kind) => (kind === 'meta' ? subject(kind) : subject(kind, '>')));
}

const KINDS_INSIDE_CLUSTERS = ['instance', 'task', 'service'] as const;

/** The second tokens of {@link subjectOf} without secrets. A new kind is excluded until it is added here. */
const READABLE_KINDS = [
  'meta',
  'cluster',
  ...KINDS_INSIDE_CLUSTERS,
  'task-definition',
  'load-balancer',
  'target-group',
  'account',
] as const;

/** The subject of guards: expectations that no event of their transaction can carry; see docs/journal.md. */
export const guardSubject: Subject = subject('guard');

/** Parses a subject from a message. */
export function parseSubject(text: string): Subject {
  invariant(text.startsWith('journal.'), `${text} is not a subject of the journal.`);
  return text as Subject;
}

export const isPattern = (text: Subject): boolean => /(^|\.)(\*|>)(\.|$)/.test(text);

/** Returns whether `pattern` matches `candidate`, by the rules of NATS. */
export function matches(pattern: Subject, candidate: Subject): boolean {
  if (pattern === candidate) return true;
  if (!isPattern(pattern)) return false;
  const wanted = pattern.split('.');
  const given = candidate.split('.');
  for (const [at, token] of wanted.entries()) {
    if (token === '>') return given.length > at;
    if (given[at] === undefined || (token !== '*' && token !== given[at])) return false;
  }
  return wanted.length === given.length;
}
