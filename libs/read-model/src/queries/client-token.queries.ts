import type { ClusterName, EpochMs, TaskId } from '@stowage/domain';
import type { Tables } from '../database';
import { ClientTokenRow } from '../rows';
import { columnText } from '../rows/columns';

/** Outcome of a request with a client token. */
export interface UsedClientToken {
  readonly parametersHash: string;
  readonly tasks: readonly TaskId[];
  readonly at: EpochMs;
  readonly sequence: number;
}

/** Finds client tokens that are older than the deduplication window of the journal. */
export class ClientTokenQueries {
  constructor(private readonly database: Tables) {}

  /** Resolves with the latest use of the token since `since`. */
  async find(cluster: ClusterName, tokenHash: string, since: EpochMs): Promise<UsedClientToken | undefined> {
    const row = await this.database.use((source) =>
      source
        .getRepository(ClientTokenRow)
        .findOneBy({ cluster: columnText(cluster), tokenHash: columnText(tokenHash) }),
    );
    if (!row || row.at < since) return undefined;
    return { parametersHash: row.parametersHash, tasks: row.taskIds, at: row.at, sequence: row.sequence };
  }
}
