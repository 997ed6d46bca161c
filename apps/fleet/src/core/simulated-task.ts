import type { ContainerReport, Ecs, RegisteredDefinition, StopCode, TaskReport, WorkItem } from '@stowage/domain';

/** The first and the last port that Docker would give. */
export const DYNAMIC_PORTS_FROM = 32_768;
export const DYNAMIC_PORTS_TO = 60_999;

/** Gives the next dynamic host port. */
export type NextPort = () => number;

/** Why a simulated task is over, when nobody stopped it. */
export interface OwnEnd {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

export const PULL_FAILED: OwnEnd = {
  stopCode: 'TaskFailedToStart',
  stoppedReason: 'CannotPullContainerError: the simulated registry does not have this image',
};
export const ESSENTIAL_EXITED: OwnEnd = {
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
};
/** SIGTERM, as Docker tells it. */
export const TERMINATED_EXIT_CODE = 143;

type Said = Omit<TaskReport, 'seen'>;

/** Repositories of images that decide what becomes of a task, whatever its agent's luck. */
const FAILS_TO_PULL = 'fails-to-pull';
const IS_UNHEALTHY = 'is-unhealthy';
const EXITS_AT_ONCE = 'exits-at-once';

const repositoryOf = ({ image }: Pick<Ecs.ContainerDefinition, 'image'>): string => image?.split(':')[0] ?? '';

/** One of the images is called so that it cannot be pulled. */
export const cannotBePulled = ({ containerDefinitions }: RegisteredDefinition): boolean =>
  containerDefinitions.some((container) => repositoryOf(container) === FAILS_TO_PULL);

/** One of the images is called so that its container exits as soon as it runs. */
export const exitsAtOnce = ({ containerDefinitions }: RegisteredDefinition): boolean =>
  containerDefinitions.some((container) => repositoryOf(container) === EXITS_AT_ONCE);

/** All containers run; their ports are bound. */
export function runningReport(item: WorkItem, definition: RegisteredDefinition, nextPort: NextPort): Said {
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
export function stoppedReport(item: WorkItem, end?: OwnEnd, exitCode?: number): Said {
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

const about = ({ cluster, task }: WorkItem): Pick<Said, 'cluster' | 'task'> => ({ cluster, task });

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
