import type { ContainerReport, Ecs, RegisteredDefinition, StopCode, TaskReport, WorkItem } from '@stowage/domain';

/** The first and the last dynamic port of Docker. */
export const DYNAMIC_PORTS_FROM = 32_768;
export const DYNAMIC_PORTS_TO = 60_999;

/** Returns the next dynamic host port. */
export type NextPort = () => number;

/** Reason for the end of a simulated task that was not stopped from outside. */
export interface StopCause {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

export const PULL_FAILED: StopCause = {
  stopCode: 'TaskFailedToStart',
  stoppedReason: 'CannotPullContainerError: the simulated registry does not have this image',
};
export const ESSENTIAL_EXITED: StopCause = {
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
};
/** Exit code after SIGTERM, as Docker reports it. */
export const TERMINATED_EXIT_CODE = 143;

type ReportBody = Omit<TaskReport, 'seen'>;

/** Image repositories that decide the outcome of a task, in place of its random course. */
const FAILS_TO_PULL = 'fails-to-pull';
const IS_UNHEALTHY = 'is-unhealthy';
const EXITS_AT_ONCE = 'exits-at-once';

const repositoryOf = ({ image }: Pick<Ecs.ContainerDefinition, 'image'>): string => image?.split(':')[0] ?? '';

/** Returns true if one of the images has the name that cannot be pulled. */
export const hasUnpullableImage = ({ containerDefinitions }: RegisteredDefinition): boolean =>
  containerDefinitions.some((container) => repositoryOf(container) === FAILS_TO_PULL);

/** Reports that all containers run and that their ports are bound. */
export const exitsAtOnce = ({ containerDefinitions }: RegisteredDefinition): boolean =>
  containerDefinitions.some((container) => repositoryOf(container) === EXITS_AT_ONCE);

/** Reports that all containers have exited with this code. Without a code, they never ran. */
export function runningReport(item: WorkItem, definition: RegisteredDefinition, nextPort: NextPort): ReportBody {
  return {
    ...about(item),
    lastStatus: 'RUNNING',
    containers: item.containers.map(({ name }) => ({
      name,
      lastStatus: 'RUNNING',
      runtimeId: runtimeId(item, name),
      ...bindings(definition, name, nextPort),
      ...health(definition, name),
    })),
  };
}

/** All containers have exited, with this code; without one they never ran. */
export function stoppedReport(item: WorkItem, end?: StopCause, exitCode?: number): ReportBody {
  return {
    ...about(item),
    lastStatus: 'STOPPED',
    containers: item.containers.map(({ name }) => ({
      name,
      lastStatus: 'STOPPED',
      ...(exitCode !== undefined && { runtimeId: runtimeId(item, name), exitCode }),
      ...(end === PULL_FAILED && { reason: PULL_FAILED.stoppedReason }),
    })),
    ...end,
  };
}

const about = ({ cluster, task }: WorkItem): Pick<ReportBody, 'cluster' | 'task'> => ({ cluster, task });

const runtimeId = ({ task }: WorkItem, container: string): string => `${task}-${container}`;

function bindings(
  { containerDefinitions, networkMode = 'bridge' }: RegisteredDefinition,
  container: string,
  nextPort: NextPort,
): Pick<ContainerReport, 'networkBindings'> {
  const mappings = containerDefinitions.find(({ name }) => name === container)?.portMappings ?? [];
  if (networkMode !== 'bridge') return {};
  const bound = mappings.flatMap(({ containerPort, hostPort, protocol = 'tcp' }): readonly Ecs.NetworkBinding[] =>
    containerPort === undefined
      ? []
      : [{ bindIP: '0.0.0.0', containerPort, hostPort: hostPort || nextPort(), protocol }],
  );
  return bound.length > 0 ? { networkBindings: bound } : {};
}

function health(
  { containerDefinitions }: RegisteredDefinition,
  container: string,
): Pick<ContainerReport, 'healthStatus'> {
  const checked = containerDefinitions.find(({ name, healthCheck }) => name === container && healthCheck);
  if (!checked) return {};
  return { healthStatus: repositoryOf(checked) === IS_UNHEALTHY ? 'UNHEALTHY' : 'HEALTHY' };
}
