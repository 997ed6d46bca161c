/**
 * The read model: Postgres tables whose rows hold the domain's records, the projection that keeps them equal to the
 * fold of the journal, and queries that return records in pages.
 *
 * It takes no decisions and knows no API shapes: libs/aws-api turns records into responses. Only the projector writes
 * to the tables. docs/read-model.md defines the terms and the invariants.
 */
export { createDataSource, type DatabaseOptions, migrateReadModel } from './database';
export { type Page, PAGE_ITEMS_MAX, pageOf, type PageRequest, Pages } from './pages';
export { ProjectedPosition } from './projected-position';
export * from './queries/account-settings.queries';
export * from './queries/client-token.queries';
export * from './queries/cluster.queries';
export * from './queries/container-instance.queries';
export * from './queries/service.queries';
export * from './queries/service-deployment.queries';
export * from './queries/task.queries';
export * from './queries/task-definition.queries';
export type { Past } from './past/past-tables';
export * from './read-model';
export * from './projector';
export * from './read-model-errors';
export * from './rebuild';
