import { OwnedOperations, type Runtime } from '@stowage/runtime';

/** The cluster manager's operations; some wait until their write is folded. */
export class Operations extends OwnedOperations {
  constructor(
    runtime: Runtime,
    private readonly foldTimeoutMs: number,
  ) {
    super(runtime);
  }

  /** Waits until this replica has folded `sequence`. @throws FoldLagging */
  folded(sequence: number): Promise<void> {
    return this.runtime.fold.reached(sequence, this.foldTimeoutMs);
  }
}
