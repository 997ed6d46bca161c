import type { Cluster, ClusterName } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { ClusterRow } from '../rows';
import { columnText } from '../rows/columns';

/** Queries for clusters. */
export class ClusterQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  /** Resolves with ACTIVE and INACTIVE clusters. Unknown names have no entry. */
  async byNames(names: readonly ClusterName[]): Promise<ReadonlyMap<ClusterName, Cluster>> {
    const rows = await this.database.use((source) =>
      source.getRepository(ClusterRow).findBy({ name: In(names.map(columnText)) }),
    );
    return new Map(rows.map(({ record }) => [record.name, record]));
  }

  async byName(name: ClusterName): Promise<Cluster | undefined> {
    return (await this.byNames([name])).get(name);
  }

  /** Resolves with the names of the ACTIVE clusters, in order. */
  async list(request: PageRequest): Promise<Page<ClusterName>> {
    const page = this.pages.open(['clusters'], request);
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(ClusterRow)
        .createQueryBuilder('cluster')
        .select('cluster.name')
        .where(`cluster.status = 'ACTIVE'`)
        .orderBy('cluster.name')
        .limit(page.fetch);
      if (page.after) query.andWhere('cluster.name > :name', { name: page.after[0] });
      return query.getMany();
    });
    return pageOf(page, rows, { cursor: ({ name }) => [name], item: ({ name }) => name });
  }
}
