import { EcsInputs, parseCluster } from '@stowage/aws-api';
import { type ReadModel, ReadModelLagging } from '@stowage/read-model';
import { clientTokenHash, type OperationRequest, type Runtime } from '@stowage/runtime';
import { within } from './within';

/**
 * Where a RunTask's client token was used before, when that is longer ago than the folds remember. A look-up that fails
 * or takes too long is given up: RunTask works while Postgres is away, and the folds know the recent tokens.
 */
export class EarlierRunTask {
  constructor(
    private readonly runtime: Runtime,
    private readonly model: ReadModel,
    private readonly options: { readonly retentionMs: number; readonly timeoutMs: number },
  ) {}

  async find(input: object): Promise<OperationRequest['earlier']> {
    if (!(input instanceof EcsInputs.RunTaskRequest) || input.clientToken === undefined) return undefined;
    const cluster = parseCluster(this.runtime.scope, input.cluster);
    const hash = clientTokenHash(cluster, input.clientToken);
    if (this.runtime.fold.sequenceOfKey(hash) !== undefined) return undefined;
    const since = this.runtime.now() - this.options.retentionMs;
    const looking = this.model.clientTokens.find(cluster, hash, since);
    const late = (): Error => new ReadModelLagging('The client token was not looked up in time.');
    const found = await within(looking, this.options.timeoutMs, late).catch(() => undefined);
    return found && { sequence: found.sequence };
  }
}
