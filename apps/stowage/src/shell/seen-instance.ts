import type { JoinedIdentity } from '@stowage/runtime';
import { ClearFailure } from '../clear-failure';
import { ECS_TARGET, fieldsOf, type StowageClient } from '../cli/stowage-client';

/** What the control plane shows of a container instance that is in its cluster. */
export interface SeenInstance {
  readonly connected: boolean;
  /** Tasks that have not stopped. */
  readonly tasks: number;
}

/** Undefined if the instance left its cluster, or never registered. @throws ClearFailure, StowageUnreachable */
export async function seenInstance(
  client: StowageClient,
  { cluster, instance }: JoinedIdentity,
): Promise<SeenInstance | undefined> {
  const query = { cluster, containerInstances: [instance] };
  const answer = await client.call(`${ECS_TARGET}.DescribeContainerInstances`, query).catch((error: unknown) => {
    // A cluster can be deleted once its instances have left.
    if (error instanceof ClearFailure && error.message.startsWith('ClusterNotFoundException')) return undefined;
    throw error;
  });
  const { containerInstances } = fieldsOf(answer);
  const [found] = Array.isArray(containerInstances) ? (containerInstances as readonly unknown[]) : [];
  const { status, agentConnected, runningTasksCount, pendingTasksCount } = fieldsOf(found);
  if (typeof status !== 'string' || status === 'INACTIVE') return undefined;
  return { connected: agentConnected === true, tasks: Number(runningTasksCount) + Number(pendingTasksCount) };
}
