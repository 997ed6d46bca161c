/**
 * What may happen. The vocabulary of Stowage (ECS's words), the events of its journal, what each of them means, and
 * which commands are allowed when. Pure: values in, values out; no promise, clock, random, I/O or decorator, and no
 * import from outside this folder but re2js, which is as pure. Time, ids and seeds arrive as values.
 *
 * It is not about how events are stored (libs/journal), looked up (libs/read-model) or shown (libs/aws-api).
 */
export type * as Ecs from './ecs/shapes';
export * from './account/account';
export * from './account/join-token';
export * from './agent-position';
export * from './agent-protocol';
export * from './apply-event';
export * from './arns';
export * from './cluster/cluster';
export * from './cluster/create-cluster';
export * from './cluster/delete-cluster';
export * from './cluster/find-cluster';
export * from './cluster/update-cluster';
export * from './cluster-state';
export * from './container-instance/attributes';
export * from './container-instance/attributes-by-name';
export * from './container-instance/container-instance';
export * from './container-instance/deregister-instance';
export * from './container-instance/find-instance';
export * from './container-instance/instance-state';
export * from './container-instance/lose-instance';
export * from './container-instance/register-instance';
export * from './event-types';
export * from './events';
export * from './ids';
export * from './invariant';
export * from './load-balancing/evolve-load-balancer';
export * from './load-balancing/evolve-target-group';
export * from './load-balancing/listener';
export * from './load-balancing/load-balancer';
export * from './load-balancing/target-group';
export * from './placement/check-placement';
export * from './placement/cures';
export * from './query-language/cluster-query';
export type { QueriedInstance } from './query-language/subjects';
export * from './refusal';
export * from './resources';
export * from './seeded-random';
export * from './service/count-tasks';
export * from './service/create-service';
export * from './service/daemon-instances';
export * from './service/delete-service';
export * from './service/evolve-service';
export * from './service/fail-deployment';
export * from './service/find-service';
export * from './service/limits';
export * from './service/load-balanced-task';
export * from './service/messages';
export * from './service/place-service-tasks';
export * from './service/random-ids';
export * from './service/service';
export * from './service/service-deployment';
export * from './service/service-events';
export * from './service/stop-service-deployment';
export * from './service/task-protection';
export * from './service/update-service';
export * from './state-after';
export * from './state-store';
export * from './tag-resource';
export * from './tags';
export * from './task/task';
export * from './task/overrides';
export * from './task/stop-task';
export * from './task/task-sizing';
export * from './task/task-status';
export * from './task-definition/check-dependencies';
export { CONTAINERS_MAX } from './task-definition/check-definition';
export * from './task-definition/port-ranges';
export * from './task-definition/referenced-definition';
export * from './task-definition/register-task-definition';
export * from './task-definition/retire-task-definition';
export * from './task-definition/task-definition';
export * from './task-definition/task-size';
