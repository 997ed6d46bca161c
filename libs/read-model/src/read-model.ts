import type { JournalId } from '@stowage/domain';
import type { Logger } from 'pino';
import { createDataSource, Database, type DatabaseOptions } from './database';
import { Pages } from './pages';
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
  /** The journal whose rows are expected; tokens of pages are signed with its id. */
  readonly journal: JournalId;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly stoppedTaskRetentionMs?: number;
}

/**
 * Everything that readers may ask. Opening it needs no Postgres: while that is away each question throws
 * `ReadModelUnavailable`, and it works again once it is back.
 */
export class ReadModel {
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
  /** How far the rows are, and waiting until they are far enough. */
  readonly position: ProjectedPosition;
  private readonly database: Database;

  constructor(options: ReadModelOptions) {
    const pages = new Pages(options.journal);
    const retentionMs = options.stoppedTaskRetentionMs ?? STOPPED_TASK_RETENTION_MS;
    this.database = new Database(createDataSource(options));
    this.clusters = new ClusterQueries(this.database, pages);
    this.containerInstances = new ContainerInstanceQueries(this.database, pages);
    this.tasks = new TaskQueries(this.database, pages, () => options.now() - retentionMs);
    this.services = new ServiceQueries(this.database, pages);
    this.serviceDeployments = new ServiceDeploymentQueries(this.database, pages);
    this.taskDefinitions = new TaskDefinitionQueries(this.database, pages);
    this.loadBalancers = new LoadBalancerQueries(this.database, pages);
    this.targetGroups = new TargetGroupQueries(this.database, pages);
    this.accountSettings = new AccountSettingsQueries(this.database);
    this.clientTokens = new ClientTokenQueries(this.database);
    this.position = new ProjectedPosition(options);
  }

  async close(): Promise<void> {
    await this.position.close();
    await this.database.close();
  }
}
