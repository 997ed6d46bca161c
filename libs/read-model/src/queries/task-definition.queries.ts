import type { TaskDefinition, TaskDefinitionRef } from '@stowage/domain';
import type { Tables } from '../database';
import { type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { TaskDefinitionRow } from '../rows';
import { columnText } from '../rows/columns';

export interface TaskDefinitionListQuery extends PageRequest {
  /** The full name of the family. The `familyPrefix` of ListTaskDefinitions is a full name in ECS, too. */
  readonly family?: string;
  readonly status: TaskDefinition['status'];
  readonly sort: 'ASC' | 'DESC';
}

export interface FamilyListQuery extends PageRequest {
  /** Taken literally. */
  readonly familyPrefix?: string;
  /** ACTIVE: families with an ACTIVE revision. INACTIVE: families without one. */
  readonly status: 'ACTIVE' | 'INACTIVE' | 'ALL';
}

/** Largest value of the column's type, `integer`. No revision is greater. */
const REVISION_MAX = 2 ** 31 - 1;

/** Queries for task definitions and their families. */
export class TaskDefinitionQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  /** Resolves with the revision in any status. A deleted revision is not found. */
  async byRef({ family, revision }: TaskDefinitionRef): Promise<TaskDefinition | undefined> {
    if (revision > REVISION_MAX) return undefined;
    const row = await this.database.use((source) =>
      source.getRepository(TaskDefinitionRow).findOneBy({ family: columnText(family), revision }),
    );
    return row?.record;
  }

  /** Resolves with the ACTIVE revision of the family that has the highest number. */
  async latestActive(family: string): Promise<TaskDefinition | undefined> {
    const row = await this.database.use((source) =>
      source
        .getRepository(TaskDefinitionRow)
        .findOne({ where: { family: columnText(family), status: 'ACTIVE' }, order: { revision: 'DESC' } }),
    );
    return row?.record;
  }

  /** Resolves with revisions by family as text, then by number. */
  async list({ family, status, sort, ...request }: TaskDefinitionListQuery): Promise<Page<TaskDefinitionRef>> {
    const page = this.pages.open(['task-definitions', family, status, sort], request);
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(TaskDefinitionRow)
        .createQueryBuilder('definition')
        .select(['definition.family', 'definition.revision'])
        .where('definition.status = :status', { status })
        .orderBy('definition.family', sort)
        .addOrderBy('definition.revision', sort)
        .limit(page.fetch);
      if (family !== undefined) query.andWhere('definition.family = :family', { family: columnText(family) });
      if (page.after) {
        const [afterFamily, afterRevision] = page.after;
        query.andWhere(
          `(definition.family, definition.revision) ${sort === 'ASC' ? '>' : '<'} (:afterFamily, :afterRevision)`,
          { afterFamily, afterRevision },
        );
      }
      return query.getMany();
    });
    return pageOf(page, rows, {
      cursor: (row) => [row.family, row.revision],
      item: (row) => ({ family: row.family, revision: row.revision }),
    });
  }

  /** Resolves with the names of the families, in order. */
  async families({ familyPrefix, status, ...request }: FamilyListQuery): Promise<Page<string>> {
    const page = this.pages.open(['families', familyPrefix, status], request);
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(TaskDefinitionRow)
        .createQueryBuilder('definition')
        .select('definition.family', 'family')
        .groupBy('definition.family')
        .orderBy('definition.family')
        .limit(page.fetch);
      // `^@` is the operator for "starts with": it treats no character of the prefix as a wildcard, and the index
      // serves it.
      if (familyPrefix) query.andWhere('definition.family ^@ :prefix', { prefix: columnText(familyPrefix) });
      if (page.after) query.andWhere('definition.family > :after', { after: page.after[0] });
      if (status === 'ACTIVE') query.having(`bool_or(definition.status = 'ACTIVE')`);
      if (status === 'INACTIVE') query.having(`NOT bool_or(definition.status = 'ACTIVE')`);
      return query.getRawMany<{ readonly family: string }>();
    });
    return pageOf(page, rows, { cursor: ({ family }) => [family], item: ({ family }) => family });
  }
}
