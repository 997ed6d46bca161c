import type { TargetGroup } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { TargetGroupRow } from '../rows';
import { columnText } from '../rows/columns';

/** Queries for target groups. */
export class TargetGroupQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  async byNames(names: readonly string[]): Promise<ReadonlyMap<string, TargetGroup>> {
    const rows = await this.database.use((source) =>
      source.getRepository(TargetGroupRow).findBy({ name: In(names.map(columnText)) }),
    );
    return new Map(rows.map(({ record }) => [record.name, record]));
  }

  /** Resolves with all target groups, or with those of the given names, by name. */
  async list(request: PageRequest, names?: readonly string[]): Promise<Page<TargetGroup>> {
    const page = this.pages.open(['target-groups', names !== undefined], request);
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(TargetGroupRow)
        .createQueryBuilder('each')
        .where('TRUE')
        .orderBy('each.name')
        .limit(page.fetch);
      if (names) query.andWhere('each.name = ANY(:names)', { names: names.map(columnText) });
      if (page.after) query.andWhere('each.name > :name', { name: page.after[0] });
      return query.getMany();
    });
    return pageOf(page, rows, { cursor: ({ name }) => [name], item: ({ record }) => record });
  }
}
