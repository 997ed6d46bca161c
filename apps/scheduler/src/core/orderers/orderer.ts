import type { InstanceId } from '@stowage/domain';

/** A placement strategy: which instance is asked first. Best effort, where a filter is binding. */
export interface Orderer {
  readonly name: string;
  /** Each of `instances` once, best first. It may rearrange the array on its way. */
  order(instances: InstanceId[]): Iterable<InstanceId>;
  /** A task of this request went there. */
  taken?(instance: InstanceId): void;
}
