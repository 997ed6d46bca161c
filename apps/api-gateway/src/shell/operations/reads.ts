import { activeCluster, type Cluster, type ClusterName, Refusal, type Service } from '@stowage/domain';
import type { ProjectedPosition, ReadModelQueries } from '@stowage/read-model';
import { type OperationContext, type OwnOperation, taking } from './own-operation';

/** What all reads share: the read model, and waiting for it. */
export class Reads {
  constructor(
    readonly model: ReadModelQueries,
    private readonly position: Pick<ProjectedPosition, 'current' | 'reached'>,
    private readonly timeoutMs: number,
  ) {}

  /** An operation that answers from the read model, once that holds what the journal held when the request came. */
  operation<Input extends object>(
    type: new () => Input,
    read: (input: Input, context: OperationContext) => Promise<object>,
  ): OwnOperation {
    return taking(type, async (input, context) => {
      const sequence = await this.reached(context);
      return { output: await read(input, context), sequence };
    });
  }

  /** @throws ReadModelLagging, ReadModelUnavailable: never is older data answered instead. */
  async reached({ floor, eventual }: OperationContext): Promise<number> {
    if (eventual) return this.position.current;
    await this.position.reached(floor, this.timeoutMs);
    return floor;
  }

  /** The cluster that a read is about. @throws Refusal unless there is an ACTIVE one of that name. */
  async activeCluster(name: ClusterName): Promise<Cluster> {
    return activeCluster({ clusters: await this.model.clusters.byNames([name]) }, name);
  }

  /** Whatever its status. @throws Refusal when there never was one of that name. */
  async knownService(cluster: ClusterName, name: string): Promise<Service> {
    const service = (await this.model.services.byNames(cluster, [name])).get(name);
    if (!service) throw new Refusal('ServiceNotFoundException', 'Service not found.');
    return service;
  }
}
