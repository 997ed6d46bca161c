import { EcsInputs, parseCluster, parseTask, StowageInputs } from '@stowage/aws-api';
import { type ReadModel, ReadModelLagging } from '@stowage/read-model';
import { clientTokenHash, type OperationRequest, type Runtime } from '@stowage/runtime';
import { within } from './within';

type Recollected = Pick<OperationRequest, 'earlier' | 'taskCreatedAt'>;

/**
 * What a request is about that is longer ago than the folds of its owner remember. A look-up that fails or takes too long
 * is given up: RunTask works while Postgres is away, and the folds know the recent.
 */
export class Recollection {
  constructor(
    private readonly runtime: Runtime,
    private readonly model: ReadModel,
    private readonly options: { readonly retentionMs: number; readonly timeoutMs: number },
  ) {}

  async about(input: object): Promise<Recollected> {
    const looking = this.lookUp(input);
    const late = (): Error => new ReadModelLagging('What was earlier was not looked up in time.');
    return (looking && (await within(looking, this.options.timeoutMs, late).catch(() => undefined))) ?? {};
  }

  private lookUp(input: object): Promise<Recollected> | undefined {
    if (input instanceof EcsInputs.RunTaskRequest) return this.earlierRunTask(input);
    if (input instanceof StowageInputs.ExplainPlacementRequest) return this.creationOf(input);
    return undefined;
  }

  /** Where the client token was used before. */
  private async earlierRunTask(input: EcsInputs.RunTaskRequest): Promise<Recollected> {
    if (input.clientToken === undefined) return {};
    const cluster = parseCluster(this.runtime.scope, input.cluster);
    const hash = clientTokenHash(cluster, input.clientToken);
    if (this.runtime.fold.sequenceOfKey(hash) !== undefined) return {};
    const found = await this.model.clientTokens.find(cluster, hash, this.runtime.now() - this.options.retentionMs);
    return found ? { earlier: { sequence: found.sequence } } : {};
  }

  /** When the task was created: about there stands its placement in the journal. */
  private async creationOf(input: StowageInputs.ExplainPlacementRequest): Promise<Recollected> {
    if (input.task === undefined) return {};
    const { scope, fold } = this.runtime;
    const cluster = parseCluster(scope, input.cluster);
    const task = parseTask(scope, cluster, input.task);
    if (fold.state.tasks.has(task)) return {};
    const taskCreatedAt = await this.model.tasks.createdAt(cluster, task);
    return taskCreatedAt === undefined ? {} : { taskCreatedAt };
  }
}
