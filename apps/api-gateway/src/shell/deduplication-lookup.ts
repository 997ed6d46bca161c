import { Inject, Injectable } from '@nestjs/common';
import { EcsInputs, parseCluster, parseTask, StowageInputs } from '@stowage/aws-api';
import { withTimeout } from '@stowage/concurrency';
import { ReadModel, ReadModelLagging } from '@stowage/read-model';
import { clientTokenHash, type OperationRequest, RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';

type EarlierFacts = Pick<OperationRequest, 'earlier' | 'taskCreatedAt'>;

/**
 * Looks up facts about a request that are older than the memory of its owner's folds. A lookup that fails or times out
 * is ignored, because RunTask must work while Postgres is unavailable, and the folds contain recent facts.
 */
@Injectable()
export class DeduplicationLookup {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly model: ReadModel,
    @Inject(GatewayConfig) private readonly config: Pick<GatewayConfig, 'clientTokenMs' | 'clientTokenLookupMs'>,
  ) {}

  async find(input: object): Promise<EarlierFacts> {
    const lookup = this.lookupFor(input);
    if (!lookup) return {};
    const timedOut = (): Error => new ReadModelLagging('The lookup of earlier requests timed out.');
    return await withTimeout(lookup(), this.config.clientTokenLookupMs, timedOut).catch(() => ({}));
  }

  /** Returns the lookup for a request, or undefined for most requests, which need none. */
  private lookupFor(input: object): (() => Promise<EarlierFacts>) | undefined {
    if (input instanceof EcsInputs.RunTaskRequest) {
      const { clientToken, cluster } = input;
      return clientToken === undefined ? undefined : () => this.earlierRunTask(cluster, clientToken);
    }
    if (input instanceof StowageInputs.ExplainPlacementRequest) {
      const { task, cluster } = input;
      return task === undefined ? undefined : () => this.creationOf(cluster, task);
    }
    return undefined;
  }

  /** Resolves with the sequence at which the client token was used before. */
  private async earlierRunTask(given: string | undefined, clientToken: string): Promise<EarlierFacts> {
    const cluster = parseCluster(this.runtime.scope, given);
    const hash = clientTokenHash(cluster, clientToken);
    if (this.runtime.fold.sequenceOfKey(hash) !== undefined) return {};
    const found = await this.model.clientTokens.find(cluster, hash, this.runtime.now() - this.config.clientTokenMs);
    return found ? { earlier: { sequence: found.sequence } } : {};
  }

  /** Resolves with the creation time of the task. Its placement is near that time in the journal. */
  private async creationOf(givenCluster: string | undefined, givenTask: string): Promise<EarlierFacts> {
    const { scope, fold } = this.runtime;
    const cluster = parseCluster(scope, givenCluster);
    const task = parseTask(scope, cluster, givenTask);
    if (fold.state.tasks.has(task)) return {};
    const taskCreatedAt = await this.model.tasks.createdAt(cluster, task);
    return taskCreatedAt === undefined ? {} : { taskCreatedAt };
  }
}
