import { type ClusterName, type EpochMs, type ServiceDeployment, serviceKey } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { ServiceDeploymentRow } from '../rows';
import { columnText } from '../rows/columns';

export interface ServiceDeploymentListQuery extends PageRequest {
  readonly cluster: ClusterName;
  readonly service: string;
  /** Creation time of the service. Deployments of an earlier service with the same name are not included. */
  readonly since: EpochMs;
  readonly status?: readonly string[];
  readonly createdAfter?: EpochMs;
  readonly createdBefore?: EpochMs;
}

/** Queries for service deployments, including those that have ended. */
export class ServiceDeploymentQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, ServiceDeployment>> {
    const rows = await this.database.use((source) =>
      source.getRepository(ServiceDeploymentRow).findBy({ id: In(ids.map(columnText)) }),
    );
    return new Map(rows.map(({ record }) => [record.id, record]));
  }

  /** Resolves with the deployments by their target revision. */
  async byRevisions(revisions: readonly string[]): Promise<ReadonlyMap<string, ServiceDeployment>> {
    const rows = await this.database.use((source) =>
      source.getRepository(ServiceDeploymentRow).findBy({ revision: In(revisions.map(columnText)) }),
    );
    return new Map(rows.map(({ revision, record }) => [revision, record]));
  }

  /** Newest first. */
  async list({ maxResults, nextToken, ...filter }: ServiceDeploymentListQuery): Promise<Page<ServiceDeployment>> {
    const page = this.pages.open(['service-deployments', filter], { maxResults, nextToken });
    const { cluster, service, since, status = [], createdAfter = since, createdBefore } = filter;
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(ServiceDeploymentRow)
        .createQueryBuilder('deployment')
        .where('deployment.serviceKey = :key', { key: columnText(serviceKey(cluster, service)) })
        .andWhere('deployment.createdAt >= :from', { from: asTime(Math.max(since, createdAfter)) })
        .orderBy('deployment.createdAt', 'DESC')
        .addOrderBy('deployment.id', 'DESC')
        .limit(page.fetch);
      if (status.length > 0) query.andWhere('deployment.status IN (:...status)', { status });
      if (createdBefore !== undefined) {
        query.andWhere('deployment.createdAt <= :to', { to: asTime(createdBefore) });
      }
      if (page.after) {
        const [createdAt, id] = page.after;
        query.andWhere('(deployment.createdAt, deployment.id) < (:createdAt, :id)', { createdAt, id });
      }
      return query.getMany();
    });
    return pageOf(page, rows, { cursor: (row) => [row.createdAt, row.id], item: ({ record }) => record });
  }
}

/** Limits a caller's time to the range of the column. A time outside it is before or after all rows. */
function asTime(at: EpochMs): EpochMs {
  return Math.round(Math.min(Math.max(at, 0), Number.MAX_SAFE_INTEGER));
}
