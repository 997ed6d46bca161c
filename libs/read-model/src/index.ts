/**
 * How it is looked up: Postgres tables whose rows hold the domain's records, the projection that keeps them equal to the
 * fold of the journal, and the questions that readers ask, answered with records and in pages.
 *
 * It decides nothing and knows no API shape: what a record looks like to a client is libs/aws-api's. Only the projector
 * writes here. docs/read-model.md has the nouns and the invariants.
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
