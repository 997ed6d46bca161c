import { Inject, Injectable } from '@nestjs/common';
import { OwnedOperations, RUNTIME, type Runtime } from '@stowage/runtime';
import { ClusterManagerConfig } from '../../config';

/** The cluster manager's operations, some of which wait until their write is folded. */
@Injectable()
export class Operations extends OwnedOperations {
  constructor(
    @Inject(RUNTIME) runtime: Runtime,
    @Inject(ClusterManagerConfig) private readonly config: Pick<ClusterManagerConfig, 'foldTimeoutMs'>,
  ) {
    super(runtime);
  }

  /**
   * Waits until this replica has folded `sequence`.
   * @throws FoldLagging if it does not reach it in time.
   */
  folded(sequence: number): Promise<void> {
    return this.runtime.fold.reached(sequence, this.config.foldTimeoutMs);
  }
}
