import { type FoundRule, type FoundListener, type LoadBalancer, targetGroupsOfLoadBalancer } from '@stowage/domain';
import { In } from 'typeorm';
import type { Tables } from '../database';
import { type Cursor, type OpenPage, type Page, pageOf, type PageRequest, type Pages } from '../pages';
import { LoadBalancerRow } from '../rows';
import { columnText } from '../rows/columns';

/** The load balancers that send requests to each of some target groups. */
export type UsersOfTargetGroups = ReadonlyMap<string, readonly LoadBalancer[]>;

/** Queries for load balancers, their listeners and rules. */
export class LoadBalancerQueries {
  constructor(
    private readonly database: Tables,
    private readonly pages: Pages,
  ) {}

  async byNames(names: readonly string[]): Promise<ReadonlyMap<string, LoadBalancer>> {
    const rows = await this.database.use((source) =>
      source.getRepository(LoadBalancerRow).findBy({ name: In(names.map(columnText)) }),
    );
    return new Map(rows.map(({ record }) => [record.name, record]));
  }

  /** Resolves with all load balancers, by name. */
  async list(request: PageRequest): Promise<Page<LoadBalancer>> {
    const page = this.pages.open(['load-balancers'], request);
    const rows = await this.database.use((source) => {
      const query = source
        .getRepository(LoadBalancerRow)
        .createQueryBuilder('each')
        .orderBy('each.name')
        .limit(page.fetch);
      if (page.after) query.where('each.name > :name', { name: page.after[0] });
      return query.getMany();
    });
    return pageOf(page, rows, { cursor: ({ name }) => [name], item: ({ record }) => record });
  }

  /** A group without a load balancer has no entry. */
  async usersOf(targetGroups: readonly string[]): Promise<UsersOfTargetGroups> {
    const rows = await this.database.use((source) =>
      source
        .getRepository(LoadBalancerRow)
        .createQueryBuilder('each')
        .where('each.targetGroups && :names', { names: targetGroups.map(columnText) })
        .orderBy('each.name')
        .getMany(),
    );
    const users = new Map<string, LoadBalancer[]>();
    for (const { record } of rows) {
      for (const group of targetGroupsOfLoadBalancer(record)) users.set(group, [...(users.get(group) ?? []), record]);
    }
    return users;
  }

  /** Returns the listeners of a load balancer, by port. */
  listenersOf(loadBalancer: LoadBalancer, request: PageRequest): Page<FoundListener> {
    const page = this.pages.open(['listeners', loadBalancer.id], request);
    const listeners = [...loadBalancer.listeners].sort((a, b) => a.port - b.port);
    const as = { cursor: ({ port }: { readonly port: number }): Cursor => [port] };
    return pageOf(page, after(page, listeners, as.cursor), {
      ...as,
      item: (listener): FoundListener => ({ loadBalancer, listener }),
    });
  }

  /** Returns the rules of a listener by priority, with the default rule last. */
  rulesOf({ loadBalancer, listener }: FoundListener, request: PageRequest): Page<FoundRule> {
    const page = this.pages.open(['rules', listener.id], request);
    const rules: readonly FoundRule[] = [
      ...listener.rules.map((rule) => ({ loadBalancer, listener, rule })),
      { loadBalancer, listener },
    ];
    const cursor = ({ rule }: FoundRule): Cursor => [rule?.priority ?? Number.MAX_SAFE_INTEGER];
    return pageOf(page, after(page, rules, cursor), { cursor, item: (rule) => rule });
  }

  /** Returns the certificates of a listener: the default one, then the others by ARN. */
  certificatesOf({ listener }: FoundListener, request: PageRequest): Page<string> {
    const page = this.pages.open(['certificates', listener.id], request);
    const [byDefault, ...others] = listener.certificates;
    const arns = [...(byDefault === undefined ? [] : [byDefault]), ...others.sort()];
    const cursor = (arn: string): Cursor => [arn === byDefault ? 0 : 1, arn];
    return pageOf(page, after(page, arns, cursor), { cursor, item: (arn) => arn });
  }
}

/** Returns the part of a sorted list that follows after the previous page. */
function after<Item>(page: OpenPage, items: readonly Item[], cursorOf: (item: Item) => Cursor): readonly Item[] {
  const { after: end, fetch } = page;
  return (end ? items.filter((item) => isBehind(cursorOf(item), end)) : items).slice(0, fetch);
}

function isBehind(cursor: Cursor, end: Cursor): boolean {
  for (const [at, part] of cursor.entries()) {
    const other = end[at];
    if (other === undefined || part > other) return true;
    if (part < other) return false;
  }
  return false;
}
