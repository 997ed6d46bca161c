import type { JoinedIdentity } from '@stowage/runtime';
import { UserError } from '../user-error';
import { ECS_TARGET, fieldsOf, type StowageClient } from '../cli/stowage-client';

/** A container instance as the API describes it. */
export interface SeenInstance {
  readonly connected: boolean;
  /** Number of tasks that have not stopped. */
  readonly tasks: number;
}

/**
 * Resolves with undefined if the instance left its cluster or never registered.
 * @throws UserError, StowageUnreachable as the client.
 */
export async function seenInstance(
  client: StowageClient,
  { cluster, instance }: JoinedIdentity,
): Promise<SeenInstance | undefined> {
  const query = { cluster, containerInstances: [instance] };
  const answer = await client.call(`${ECS_TARGET}.DescribeContainerInstances`, query).catch((error: unknown) => {
    // The cluster may have been deleted after its instances left.
    if (error instanceof UserError && error.message.startsWith('ClusterNotFoundException')) return undefined;
    throw error;
  });
  const { containerInstances } = fieldsOf(answer);
  const [found] = Array.isArray(containerInstances) ? (containerInstances as readonly unknown[]) : [];
  const { status, agentConnected, runningTasksCount, pendingTasksCount } = fieldsOf(found);
  if (typeof status !== 'string' || status === 'INACTIVE') return undefined;
  return { connected: agentConnected === true, tasks: Number(runningTasksCount) + Number(pendingTasksCount) };
}
