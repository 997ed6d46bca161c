import {
  ClusterState,
  applyEvent,
  type InstanceId,
  isForward,
  type RegisteredResources,
  type Resources,
  type TaskId,
  type TaskStatus,
} from '@stowage/domain';
import type { CommittedTransaction, Journal, StoredEvent } from '@stowage/journal';
import { foldedRecords, liveRecords, openTables, readTables } from './read-model';

/** Resolves with all transactions of the journal up to its current end, in their order. */
export async function readJournal(journal: Pick<Journal, 'follow' | 'lastSequence'>): Promise<CommittedTransaction[]> {
  const end = await journal.lastSequence();
  const all: CommittedTransaction[] = [];
  const stop = new AbortController();
  for await (const transaction of journal.follow(0, stop.signal)) {
    all.push(transaction);
    if (transaction.sequence >= end) break;
  }
  stop.abort();
  return all;
}

interface Ledger {
  readonly registered: RegisteredResources;
  readonly tasks: Map<TaskId, Resources>;
}

interface Life {
  readonly instance: InstanceId;
  status: TaskStatus;
}

/**
 * Returns the broken invariants 1 to 3 of a journal as sentences (docs/ARCHITECTURE.md): the tasks fit on every ledger
 * at every
 * sequence, each task is placed once and only moves forward, STOPPED tasks hold no resources, and each transaction
 * occurs
 * once. It shares no code with the fold, which may be wrong.
 */
export function brokenPromises(transactions: readonly CommittedTransaction[]): readonly string[] {
  const checks = new JournalChecks();
  for (const transaction of transactions) checks.take(transaction);
  return checks.broken;
}

/** {@link brokenPromises} for one transaction after another. */
export class JournalChecks {
  readonly broken: string[] = [];
  private readonly ledgers = new Map<InstanceId, Ledger>();
  private readonly lives = new Map<TaskId, Life>();
  private readonly transactions = new Set<string>();
  private readonly tokens = new Map<string, string>();
  private sequence = 0;

  take({ id, events, sequence: end }: CommittedTransaction): void {
    if (this.transactions.has(id)) this.say(end, `transaction ${id} is there twice`);
    this.transactions.add(id);
    // A transaction may start with guards, which followers do not receive: its events are its last messages.
    const first = end - events.length + 1;
    if (first <= this.sequence) this.say(first, 'a transaction begins before the end of the last one');
    for (const [at, stored] of events.entries()) {
      if (stored.sequence !== first + at) this.say(stored.sequence, 'an event is not where its transaction has it');
      if (stored.transaction !== id) this.say(stored.sequence, 'an event is of another transaction');
      this.event(stored);
    }
    this.sequence = end;
  }

  private event({ sequence, event, transaction }: StoredEvent): void {
    switch (event.type) {
      case 'InstanceRegistered':
        if (this.ledgers.has(event.instance)) this.say(sequence, `instance ${event.instance} is registered twice`);
        this.ledgers.set(event.instance, { registered: event.resources, tasks: new Map() });
        return;
      case 'InstanceReregistered': {
        const ledger = this.ledgers.get(event.instance);
        this.ledgers.set(event.instance, {
          registered: event.resources,
          tasks: ledger?.tasks ?? new Map<TaskId, Resources>(),
        });
        return this.fits(sequence, event.instance);
      }
      case 'InstanceDeregistered':
        if (this.ledgers.get(event.instance)?.tasks.size)
          this.say(sequence, `instance ${event.instance} left with tasks`);
        this.ledgers.delete(event.instance);
        return;
      case 'TasksPlaced': {
        const token = event.clientToken?.tokenHash;
        if (token !== undefined && (this.tokens.get(token) ?? transaction) !== transaction) {
          this.say(sequence, `client token ${token} placed tasks twice`);
        }
        if (token !== undefined) this.tokens.set(token, transaction);
        for (const { id, resources } of event.tasks) {
          if (this.lives.has(id)) this.say(sequence, `task ${id} is placed twice`);
          this.lives.set(id, { instance: event.instance, status: 'PENDING' });
          this.ledgers.get(event.instance)?.tasks.set(id, resources);
        }
        return this.fits(sequence, event.instance);
      }
      case 'TaskProgressed':
        return this.moves(sequence, event.task, event.lastStatus);
      case 'TaskStopped':
        return this.moves(sequence, event.task, 'STOPPED');
      case 'TasksGivenUp':
        for (const task of event.tasks) this.moves(sequence, task, 'STOPPED');
        return;
      default:
        // No other event takes or frees resources.
        return;
    }
  }

  private moves(sequence: number, task: TaskId, status: TaskStatus): void {
    const life = this.lives.get(task);
    if (!life) return this.say(sequence, `task ${task} was never placed`);
    // The fold ignores a late report of a task that the state has as STOPPED.
    if (life.status === 'STOPPED') return;
    if (isForward(status, life.status)) this.say(sequence, `task ${task} goes from ${life.status} back to ${status}`);
    life.status = status;
    if (status === 'STOPPED') this.ledgers.get(life.instance)?.tasks.delete(task);
  }

  private fits(sequence: number, instance: InstanceId): void {
    const ledger = this.ledgers.get(instance);
    if (!ledger) return this.say(sequence, `instance ${instance} was never registered`);
    const { registered, tasks } = ledger;
    const taken = [...tasks.values()];
    const sum = (of: (each: Resources) => number): number => taken.reduce((total, each) => total + of(each), 0);
    if (sum(({ cpu }) => cpu) > registered.cpu) this.say(sequence, `instance ${instance} has too little cpu`);
    if (sum(({ memory }) => memory) > registered.memory)
      this.say(sequence, `instance ${instance} has too little memory`);
    const gpus = taken.flatMap((each) => each.gpus);
    if (new Set(gpus).size < gpus.length) this.say(sequence, `instance ${instance} gives a GPU twice`);
    if (gpus.some((gpu) => !registered.gpus.includes(gpu)))
      this.say(sequence, `instance ${instance} gives a GPU that it does not have`);
    for (const kind of ['ports', 'portsUdp'] as const) {
      const ports = [...registered[kind], ...taken.flatMap((each) => each[kind])];
      if (new Set(ports).size < ports.length) this.say(sequence, `instance ${instance} gives a port of ${kind} twice`);
    }
  }

  private say(sequence: number, what: string): void {
    this.broken.push(`At ${String(sequence)}: ${what}.`);
  }
}

/** Returns the fold of these transactions. */
export function folded(transactions: readonly CommittedTransaction[]): ClusterState {
  const state = new ClusterState();
  for (const { events } of transactions) for (const { event, at } of events) applyEvent(state, event, { at });
  return state;
}

/** Resolves with both sides of invariant 4: the records of the fold, and those of Postgres at the same position. */
export async function foldAndPostgres(
  transactions: readonly CommittedTransaction[],
  databaseUrl: string,
): Promise<{ readonly fold: unknown; readonly postgres: unknown }> {
  const position = transactions.at(-1)?.sequence ?? 0;
  const source = await openTables(databaseUrl);
  try {
    for (const deadline = performance.now() + 20_000; ;) {
      const tables = await readTables(source);
      const projected = Number(tables.checkpoint[0]?.['position']);
      if (projected === position) return { fold: foldedRecords(folded(transactions)), postgres: liveRecords(tables) };
      const sentence = `Postgres is at ${String(projected)}, the journal at ${String(position)}.`;
      if (projected > position || performance.now() > deadline) throw new Error(sentence);
    }
  } finally {
    await source.destroy();
  }
}

/** The other half of invariant 7: tasks that should be RUNNING on an instance according to the state, by container. */
export function wantedOn(state: ClusterState, instance: InstanceId): ReadonlySet<TaskId> {
  const tasks = [...state.tasksOn(instance)].filter((id) => state.tasks.get(id)?.desiredStatus === 'RUNNING');
  return new Set(tasks);
}
