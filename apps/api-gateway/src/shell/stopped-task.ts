import { EcsInputs, parseCluster, parseTask, TASK_FIELDS_OF_WRITES, taskView } from '@stowage/aws-api';
import { isTaskNotFound } from '@stowage/domain';
import type { RefusalData, Runtime } from '@stowage/runtime';
import type { OperationContext, OwnAnswer } from './operations/own-operation';
import type { Reads } from './operations/reads';

/**
 * Answers StopTask for a task that is already STOPPED, which changes nothing. The owner keeps no history and rejects
 * the request, so the answer comes from the read model. Resolves with undefined if the refusal is final.
 */
export async function stoppedTask(
  { runtime: { scope }, reads }: { readonly runtime: Pick<Runtime, 'scope'>; readonly reads: Reads },
  refused: { readonly input: object; readonly refusal: RefusalData },
  context: OperationContext,
): Promise<OwnAnswer | undefined> {
  const { input, refusal } = refused;
  if (!(input instanceof EcsInputs.StopTaskRequest) || !isTaskNotFound(refusal)) return undefined;
  const cluster = parseCluster(scope, input.cluster);
  const id = parseTask(scope, cluster, input.task);
  const sequence = await reads.reached(context);
  const task = (await reads.model.tasks.byIds(cluster, [id])).get(id);
  return task && { output: { task: taskView(task, scope, TASK_FIELDS_OF_WRITES) }, sequence };
}
