import { type ClusterName, type Service, serviceKey } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { ServiceRow } from '../rows';
import { columnText } from '../rows/columns';

export interface ServiceListQuery extends PageRequest {
  readonly cluster: ClusterName;
  readonly launchType?: string;
  readonly schedulingStrategy?: string;
}

/** Queries for services. INACTIVE services can be described until their name is used again. */
export class ServiceQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  /** Resolves with the services of `cluster` by name. Unknown names have no entry. */
  async byNames(cluster: ClusterName, names: readonly string[]): Promise<ReadonlyMap<string, Service>> {
    const keys = names.map((name) => columnText(serviceKey(cluster, name)));
    const rows = await this.database.use((source) => source.getRepository(ServiceRow).findBy({ key: In(keys) }));
    return new Map(rows.map(({ record }) => [record.name, record]));
  }

  /** Resolves with the names of the ACTIVE services, in order. */
  async list({ maxResults, nextToken, ...filter }: ServiceListQuery): Promise<Page<string>> {
    const page = this.pages.open(['services', filter], { maxResults, nextToken });
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(ServiceRow)
        .createQueryBuilder('service')
        .select(['service.key', 'service.name'])
        .where('service.cluster = :cluster', { cluster: columnText(filter.cluster) })
        .andWhere(`service.status = 'ACTIVE'`)
        .orderBy('service.name')
        .limit(page.fetch);
      const { launchType, schedulingStrategy } = filter;
      if (launchType !== undefined) query.andWhere('service.launchType = :launchType', { launchType });
      if (schedulingStrategy !== undefined) {
        query.andWhere('service.schedulingStrategy = :schedulingStrategy', { schedulingStrategy });
      }
      if (page.after) query.andWhere('service.name > :name', { name: page.after[0] });
      return query.getMany();
    });
    return pageOf(page, rows, { cursor: ({ name }) => [name], item: ({ name }) => name });
  }
}
