import type { Candidate } from '../placement-request';

/** A placement strategy: which instance is asked first. Best effort, where a filter is binding. */
export interface Orderer {
  readonly name: string;
  /** Indexes into `candidates`, best first, each once. */
  order(candidates: readonly Candidate[]): Iterable<number>;
}
