import { activeCluster, type Cluster, type ClusterName, Refusal, type Service } from '@stowage/domain';
import type { ProjectedPosition, ReadModelQueries } from '@stowage/read-model';
import { type OperationContext, type OwnOperation, operationFor } from './own-operation';

/** Shared by all reads: the read model, and waiting for its position. */
export class Reads {
  constructor(
    readonly model: ReadModelQueries,
    private readonly position: Pick<ProjectedPosition, 'current' | 'reached'>,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Returns an operation that reads from the read model as soon as it has reached the end that the journal had when the
   * request arrived.
   */
  operation<Input extends object>(
    type: new () => Input,
    read: (input: Input, context: OperationContext) => Promise<object>,
  ): OwnOperation {
    return operationFor(type, async (input, context) => {
      const sequence = await this.reached(context);
      return { output: await read(input, context), sequence };
    });
  }

  /**
   * Resolves with the position of the read model when it contains the floor of the request, or at once if the caller
   * accepts older data.
   * @throws ReadModelLagging or ReadModelUnavailable. Older data is not returned instead.
   */
  async reached({ floor, eventual }: OperationContext): Promise<number> {
    if (eventual) return this.position.current;
    await this.position.reached(floor, this.timeoutMs);
    return floor;
  }

  /**
   * Resolves with the cluster of a read.
   * @throws Refusal if no ACTIVE cluster has this name.
   */
  async activeCluster(name: ClusterName): Promise<Cluster> {
    return activeCluster({ clusters: await this.model.clusters.byNames([name]) }, name);
  }

  /**
   * Resolves with the service in any status.
   * @throws Refusal if no service has this name.
   */
  async knownService(cluster: ClusterName, name: string): Promise<Service> {
    const service = (await this.model.services.byNames(cluster, [name])).get(name);
    if (!service) throw new Refusal('ServiceNotFoundException', 'Service not found.');
    return service;
  }
}
