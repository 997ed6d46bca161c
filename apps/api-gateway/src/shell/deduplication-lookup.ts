import { Inject, Injectable } from '@nestjs/common';
import { EcsInputs, parseCluster, parseTask, StowageInputs } from '@stowage/aws-api';
import { withTimeout } from '@stowage/concurrency';
import { ReadModel, ReadModelLagging } from '@stowage/read-model';
import { clientTokenHash, type OperationRequest, RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';

type Recollected = Pick<OperationRequest, 'earlier' | 'taskCreatedAt'>;

/**
 * What a request is about that is longer ago than the folds of its owner remember. A look-up that fails or takes too long
 * is given up: RunTask works while Postgres is away, and the folds know the recent.
 */
@Injectable()
export class DeduplicationLookup {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly model: ReadModel,
    @Inject(GatewayConfig) private readonly config: Pick<GatewayConfig, 'clientTokenMs' | 'clientTokenLookupMs'>,
  ) {}

  async about(input: object): Promise<Recollected> {
    const question = this.questionAbout(input);
    if (!question) return {};
    const late = (): Error => new ReadModelLagging('What was earlier was not looked up in time.');
    return await withTimeout(question(), this.config.clientTokenLookupMs, late).catch(() => ({}));
  }

  /** Undefined for nearly every request: there is nothing to be looked up. */
  private questionAbout(input: object): (() => Promise<Recollected>) | undefined {
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

  /** Where the client token was used before. */
  private async earlierRunTask(given: string | undefined, clientToken: string): Promise<Recollected> {
    const cluster = parseCluster(this.runtime.scope, given);
    const hash = clientTokenHash(cluster, clientToken);
    if (this.runtime.fold.sequenceOfKey(hash) !== undefined) return {};
    const found = await this.model.clientTokens.find(cluster, hash, this.runtime.now() - this.config.clientTokenMs);
    return found ? { earlier: { sequence: found.sequence } } : {};
  }

  /** When the task was created: about there stands its placement in the journal. */
  private async creationOf(givenCluster: string | undefined, givenTask: string): Promise<Recollected> {
    const { scope, fold } = this.runtime;
    const cluster = parseCluster(scope, givenCluster);
    const task = parseTask(scope, cluster, givenTask);
    if (fold.state.tasks.has(task)) return {};
    const taskCreatedAt = await this.model.tasks.createdAt(cluster, task);
    return taskCreatedAt === undefined ? {} : { taskCreatedAt };
  }
}
