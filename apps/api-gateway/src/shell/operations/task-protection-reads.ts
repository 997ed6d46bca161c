import { EcsInputs, failureView, missing, parseCluster, parseTask, protectedTaskView } from '@stowage/aws-api';
import { type Ecs, invalidParameter, isProtected, NOT_OF_A_SERVICE, taskArn } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** GetTaskProtection (ecs-api 5.16). */
export function taskProtectionReads(
  reads: Reads,
  runtime: Pick<Runtime, 'scope' | 'now'>,
): Readonly<Record<string, OwnOperation>> {
  return {
    GetTaskProtection: reads.operation(EcsInputs.GetTaskProtectionRequest, (input) =>
      getProtection(reads, runtime, input),
    ),
  };
}

async function getProtection(
  reads: Reads,
  { scope, now }: Pick<Runtime, 'scope' | 'now'>,
  { cluster: given, tasks = [] }: Ecs.GetTaskProtectionRequest,
): Promise<Ecs.GetTaskProtectionResponse> {
  if (tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
  const cluster = parseCluster(scope, given);
  const ids = [...new Set(tasks.map((each) => parseTask(scope, cluster, each)))];
  const [found] = await Promise.all([reads.model.tasks.byIds(cluster, ids), reads.activeCluster(cluster)]);
  const protectedTasks: Ecs.ProtectedTask[] = [];
  const failures: Ecs.Failure[] = [];
  for (const id of ids) {
    const task = found.get(id);
    const arn = taskArn(scope, cluster, id);
    if (!task || task.lastStatus === 'STOPPED') failures.push(missing(arn));
    else if (!task.service) failures.push(failureView(arn, NOT_OF_A_SERVICE.reason, NOT_OF_A_SERVICE.detail));
    else {
      const { protectedUntil } = task;
      const isOn = protectedUntil !== undefined && isProtected(task, now());
      protectedTasks.push(protectedTaskView(scope, cluster, { task: id, ...(isOn && { protectedUntil }) }));
    }
  }
  return { protectedTasks, failures };
}
