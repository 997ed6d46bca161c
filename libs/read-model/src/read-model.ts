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
  /** The journal whose rows are expected; tokens of pages are signed with its id. */
  readonly journal: JournalId;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly stoppedTaskRetentionMs?: number;
}

/** Everything that readers may ask of the rows at one moment. */
export interface Questions {
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
 * Everything that readers may ask. Opening it needs no Postgres: while that is away each question throws
 * `ReadModelUnavailable`, and it works again once it is back.
 */
export class ReadModel implements Questions {
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
  private readonly pages: Pages;
  private readonly retentionMs: number;

  constructor(options: ReadModelOptions) {
    this.pages = new Pages(options.journal);
    this.retentionMs = options.stoppedTaskRetentionMs ?? STOPPED_TASK_RETENTION_MS;
    this.database = new Database(createDataSource(options));
    const now = questionsOf(this.database, this.pages, () => options.now() - this.retentionMs);
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

  /** Asks what the rows were at a moment of the past, all questions of the same one. @throws ReadModelUnavailable */
  asOf<T>(past: Past, ask: (questions: Questions) => Promise<T>): Promise<T> {
    const stoppedSince = past.at - this.retentionMs;
    return this.database.use((source) =>
      withPastTables(source, past, (tables) => ask(questionsOf(tables, this.pages, () => stoppedSince))),
    );
  }

  async close(): Promise<void> {
    await this.position.close();
    await this.database.close();
  }
}

function questionsOf(tables: Tables, pages: Pages, stoppedSince: () => number): Questions {
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
