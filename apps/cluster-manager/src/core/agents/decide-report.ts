import {
  clientError,
  type ContainerReport,
  type ContainerStatus,
  type InstanceId,
  isForward,
  type ReadonlyClusterState,
  startFailure,
  type StopCode,
  type Task,
  type TaskContainer,
  type TaskProgressed,
  type TaskReport,
  type TaskStopped,
} from '@stowage/domain';

const CONTAINER_STATUSES: readonly ContainerStatus[] = ['PENDING', 'RUNNING', 'STOPPED'];
const TIMES = ['pullStartedAt', 'pullStoppedAt', 'executionStoppedAt'] as const;

/**
 * What a report adds to what the books know. Nothing when it repeats them, when it is older than they are, or when the
 * task is over: such a report is acknowledged and forgotten. @throws Refusal when the task is another instance's.
 */
export function decideReport(
  state: ReadonlyClusterState,
  instance: InstanceId,
  report: TaskReport,
): readonly (TaskProgressed | TaskStopped)[] {
  const task = state.tasks.get(report.task);
  if (!task) return [];
  if (task.instance !== instance) throw clientError(`Task ${task.id} is not on container instance ${instance}.`);
  const containers = newsOfContainers(task, report);
  const times = newTimes(task, report);
  const about = { version: 1, cluster: task.cluster, instance, task: task.id, containers, ...times } as const;
  if (report.lastStatus === 'STOPPED') return [{ ...about, type: 'TaskStopped', ...stopOf(task, report) }];
  // A task that has been RUNNING is not PENDING again: the report was overtaken.
  if (report.lastStatus === 'PENDING' && isForward('ACTIVATING', task.lastStatus)) return [];
  const moves = isForward(task.lastStatus, report.lastStatus);
  if (!moves && containers.length === 0 && Object.keys(times).length === 0) return [];
  return [{ ...about, type: 'TaskProgressed', lastStatus: moves ? report.lastStatus : task.lastStatus }];
}

/** The reports that say something new of a container of the task. A container's status too only moves forward. */
function newsOfContainers(task: Task, { containers }: TaskReport): readonly ContainerReport[] {
  return task.containers.flatMap((container) => {
    const report = containers.find(({ name }) => name === container.name);
    return report && !isOlder(container, report) && saysMore(container, report) ? [report] : [];
  });
}

function isOlder(container: TaskContainer, report: ContainerReport): boolean {
  return CONTAINER_STATUSES.indexOf(report.lastStatus) < CONTAINER_STATUSES.indexOf(container.lastStatus);
}

function saysMore(container: TaskContainer, report: ContainerReport): boolean {
  return JSON.stringify(partOf(container, report)) !== JSON.stringify(report);
}

/** Of the container's members those that the report has, in the report's order. */
function partOf(container: TaskContainer, report: ContainerReport): Readonly<Record<string, unknown>> {
  const known = new Map<string, unknown>(Object.entries(container));
  return Object.fromEntries(Object.keys(report).map((name) => [name, known.get(name)]));
}

function newTimes(task: Task, report: TaskReport): Partial<Pick<TaskReport, (typeof TIMES)[number]>> {
  const told = TIMES.filter((name) => report[name] !== undefined && report[name] !== task[name]);
  return Object.fromEntries(told.map((name) => [name, report[name]]));
}

interface Stop {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

/** Who decided the stop knows why. Else the agent says it, and if it does not, its containers do (ecs-api 5.5.5). */
function stopOf(task: Task, report: TaskReport): Stop {
  if (task.stopCode !== undefined) return { stopCode: task.stopCode, stoppedReason: task.stoppedReason ?? '' };
  const told = stopOfContainers(task, report);
  return {
    stopCode: report.stopCode ?? told.stopCode,
    stoppedReason: report.stoppedReason ?? told.stoppedReason,
  };
}

function stopOfContainers(task: Task, { containers }: TaskReport): Stop {
  const essential = task.containers.filter((container) => container.essential);
  const ran = essential.some(({ name, lastStatus, exitCode }) => {
    const said = containers.find((report) => report.name === name);
    return lastStatus === 'RUNNING' || (said?.exitCode ?? exitCode) !== undefined;
  });
  if (ran) return { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
  const pull = containers.find(({ reason }) => reason?.startsWith('CannotPull'));
  const failed = pull ?? containers.find(({ reason }) => reason !== undefined);
  return { stopCode: 'TaskFailedToStart', stoppedReason: startFailure(failed ?? { name: '' }) };
}
