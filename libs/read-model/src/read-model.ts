import type { JournalId } from '@stowage/domain';
import type { Logger } from 'pino';
import { createDataSource, Database, type DatabaseOptions, type Tables } from './database';
import { Pages } from './pages';
import { type Past, withPastTables } from './past/past-tables';
import { ProjectedPosition } from './projected-position';
import { AccountSettingsQueries } from './queries/account-settings.queries';
import { ClientTokenQueries } from './queries/client-token.queries';
import { ClusterQueries } from './queries/cluster.queries';
import { ContainerInstanceQueries } from './queries/container-instance.queries';
import { ServiceDeploymentQueries } from './queries/service-deployment.queries';
import { ServiceQueries } from './queries/service.queries';
import { LoadBalancerQueries } from './queries/load-balancer.queries';
import { TargetGroupQueries } from './queries/target-group.queries';
import { STOPPED_TASK_RETENTION_MS, TaskQueries } from './queries/task.queries';
import { TaskDefinitionQueries } from './queries/task-definition.queries';

export interface ReadModelOptions extends DatabaseOptions {
  /** The journal to which the rows must belong. Page tokens are signed with its id. */
  readonly journal: JournalId;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly stoppedTaskRetentionMs?: number;
}

/** All queries, on the rows as of one moment. */
export interface ReadModelQueries {
  readonly clusters: ClusterQueries;
  readonly containerInstances: ContainerInstanceQueries;
  readonly tasks: TaskQueries;
  readonly services: ServiceQueries;
  readonly serviceDeployments: ServiceDeploymentQueries;
  readonly taskDefinitions: TaskDefinitionQueries;
  readonly loadBalancers: LoadBalancerQueries;
  readonly targetGroups: TargetGroupQueries;
  readonly accountSettings: AccountSettingsQueries;
}

/**
 * All queries on the current rows. The constructor does not connect to Postgres. While Postgres is unavailable, each
 * query throws `ReadModelUnavailable`; afterwards queries work again.
 */
export class ReadModel implements ReadModelQueries {
  readonly clusters: ClusterQueries;
  readonly containerInstances: ContainerInstanceQueries;
  readonly tasks: TaskQueries;
  readonly services: ServiceQueries;
  readonly serviceDeployments: ServiceDeploymentQueries;
  readonly taskDefinitions: TaskDefinitionQueries;
  readonly loadBalancers: LoadBalancerQueries;
  readonly targetGroups: TargetGroupQueries;
  readonly accountSettings: AccountSettingsQueries;
  readonly clientTokens: ClientTokenQueries;
  /** Position of the rows, and a way to wait for it. */
  readonly position: ProjectedPosition;
  private readonly database: Database;
  private readonly pages: Pages;
  private readonly retentionMs: number;

  constructor(options: ReadModelOptions) {
    this.pages = new Pages(options.journal);
    this.retentionMs = options.stoppedTaskRetentionMs ?? STOPPED_TASK_RETENTION_MS;
    this.database = new Database(createDataSource(options));
    const now = queriesOf(this.database, this.pages, () => options.now() - this.retentionMs);
    this.clusters = now.clusters;
    this.containerInstances = now.containerInstances;
    this.tasks = now.tasks;
    this.services = now.services;
    this.serviceDeployments = now.serviceDeployments;
    this.taskDefinitions = now.taskDefinitions;
    this.loadBalancers = now.loadBalancers;
    this.targetGroups = now.targetGroups;
    this.accountSettings = now.accountSettings;
    this.clientTokens = new ClientTokenQueries(this.database);
    this.position = new ProjectedPosition(options);
  }

  /**
   * Runs queries on the rows as of an earlier moment, which is the same for all of them.
   * @throws ReadModelUnavailable if Postgres is unavailable.
   */
  asOf<T>(past: Past, work: (queries: ReadModelQueries) => Promise<T>): Promise<T> {
    const stoppedSince = past.at - this.retentionMs;
    return this.database.use((source) =>
      withPastTables(source, past, (tables) => work(queriesOf(tables, this.pages, () => stoppedSince))),
    );
  }

  async close(): Promise<void> {
    await this.position.close();
    await this.database.close();
  }
}

function queriesOf(tables: Tables, pages: Pages, stoppedSince: () => number): ReadModelQueries {
  return {
    clusters: new ClusterQueries(tables, pages),
    containerInstances: new ContainerInstanceQueries(tables, pages),
    tasks: new TaskQueries(tables, pages, stoppedSince),
    services: new ServiceQueries(tables, pages),
    serviceDeployments: new ServiceDeploymentQueries(tables, pages),
    taskDefinitions: new TaskDefinitionQueries(tables, pages),
    loadBalancers: new LoadBalancerQueries(tables, pages),
    targetGroups: new TargetGroupQueries(tables, pages),
    accountSettings: new AccountSettingsQueries(tables),
  };
}
