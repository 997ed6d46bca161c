import { type ClusterName, type Ecs, type EpochMs, type Scope, taskArn, type TaskId } from '@stowage/domain';
import { secondsMember } from './seconds';

/** `ProtectedTask` of the API. `protectedUntil` is absent when the task is not protected. */
export function protectedTaskView(
  scope: Scope,
  cluster: ClusterName,
  { task, protectedUntil }: { readonly task: TaskId; readonly protectedUntil?: EpochMs },
): Ecs.ProtectedTask {
  return {
    taskArn: taskArn(scope, cluster, task),
    protectionEnabled: protectedUntil !== undefined,
    ...secondsMember('expirationDate', protectedUntil),
  };
}
