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
 * Returns the events for the difference between a report and the state. A report that repeats the state, is older than
 * it, or concerns a task that has ended causes no event and is acknowledged.
 * @throws Refusal if the task belongs to another instance.
 */
export function decideReport(
  state: ReadonlyClusterState,
  instance: InstanceId,
  report: TaskReport,
): readonly (TaskProgressed | TaskStopped)[] {
  const task = state.tasks.get(report.task);
  if (!task) return [];
  if (task.instance !== instance) throw clientError(`Task ${task.id} is not on container instance ${instance}.`);
  const containers = changedContainers(task, report);
  const times = newTimes(task, report);
  const about = { version: 1, cluster: task.cluster, instance, task: task.id, containers, ...times } as const;
  if (report.lastStatus === 'STOPPED') return [{ ...about, type: 'TaskStopped', ...stopOf(task, report) }];
  // A task that was RUNNING does not return to PENDING: the report is older than the state.
  if (report.lastStatus === 'PENDING' && isForward('ACTIVATING', task.lastStatus)) return [];
  const moves = isForward(task.lastStatus, report.lastStatus);
  if (!moves && containers.length === 0 && Object.keys(times).length === 0) return [];
  return [{ ...about, type: 'TaskProgressed', lastStatus: moves ? report.lastStatus : task.lastStatus }];
}

/** Returns the reports of those containers that changed. A container's status also only moves forward. */
function changedContainers(task: Task, { containers }: TaskReport): readonly ContainerReport[] {
  return task.containers.flatMap((container) => {
    const report = containers.find(({ name }) => name === container.name);
    return report && !isOlder(container, report) && hasChanges(container, report) ? [report] : [];
  });
}

function isOlder(container: TaskContainer, report: ContainerReport): boolean {
  return CONTAINER_STATUSES.indexOf(report.lastStatus) < CONTAINER_STATUSES.indexOf(container.lastStatus);
}

function hasChanges(container: TaskContainer, report: ContainerReport): boolean {
  return JSON.stringify(partOf(container, report)) !== JSON.stringify(report);
}

/** Returns the container's members that the report has, in the order of the report. */
function partOf(container: TaskContainer, report: ContainerReport): Readonly<Record<string, unknown>> {
  const known = new Map<string, unknown>(Object.entries(container));
  return Object.fromEntries(Object.keys(report).map((name) => [name, known.get(name)]));
}

function newTimes(task: Task, report: TaskReport): Partial<Pick<TaskReport, (typeof TIMES)[number]>> {
  const names = TIMES.filter((name) => report[name] !== undefined && report[name] !== task[name]);
  return Object.fromEntries(names.map((name) => [name, report[name]]));
}

interface Stop {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

/**
 * The component that requested the stop has its reason. Otherwise the agent reports one, or it follows from the
 * containers (ecs-api 5.5.5).
 */
function stopOf(task: Task, report: TaskReport): Stop {
  if (task.stopCode !== undefined) return { stopCode: task.stopCode, stoppedReason: task.stoppedReason ?? '' };
  const derived = stopOfContainers(task, report);
  return {
    stopCode: report.stopCode ?? derived.stopCode,
    stoppedReason: report.stoppedReason ?? derived.stoppedReason,
  };
}

function stopOfContainers(task: Task, { containers }: TaskReport): Stop {
  const essential = task.containers.filter((container) => container.essential);
  const ran = essential.some(({ name, lastStatus, exitCode }) => {
    const reported = containers.find((report) => report.name === name);
    return lastStatus === 'RUNNING' || (reported?.exitCode ?? exitCode) !== undefined;
  });
  if (ran) return { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
  const pull = containers.find(({ reason }) => reason?.startsWith('CannotPull'));
  const failed = pull ?? containers.find(({ reason }) => reason !== undefined);
  return { stopCode: 'TaskFailedToStart', stoppedReason: startFailure(failed ?? { name: '' }) };
}
