import { type ClusterName, type Ecs, type EpochMs, type Scope, taskArn, type TaskId } from '@stowage/domain';
import { secondsMember } from './seconds';

/** Returns the API's `ProtectedTask`. `protectedUntil` is absent if the task is not protected. */
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
