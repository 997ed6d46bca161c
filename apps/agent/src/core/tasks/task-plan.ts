import { type Ecs, PAUSE_CONTAINER, type RegisteredDefinition, type WorkItem } from '@stowage/domain';

/**
 * A condition of another container that must hold before this one is created (ecs-api 5.17). CREATE comes from
 * volumesFrom.
 */
export interface Dependency {
  readonly on: string;
  readonly condition: 'CREATE' | 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
}

export interface RestartPolicy {
  /** The restart policy does not restart a container that ran for a shorter time. */
  readonly attemptPeriodMs: number;
  readonly ignoredExitCodes: readonly number[];
}

/**
 * One container of a task: its definition with the overrides applied, and the values that the agent derives from it.
 */
export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  /**
   * The container's name in Docker. It is always the same for the same container of the same task, so that Docker
   * rejects a second create.
   */
  readonly dockerName: string;
  readonly essential: boolean;
  readonly dependencies: readonly Dependency[];
  readonly stopTimeoutMs: number;
  /**
   * Time after the start of this container within which its dependents wait for a condition. Without it, they wait
   * without a limit.
   */
  readonly startTimeoutMs?: number;
  readonly restartPolicy?: RestartPolicy;
  /** The GPUs of this host that are assigned to this container. */
  readonly gpuIds: readonly string[];
  readonly definition: Ecs.ContainerDefinition;
}

/** A volume that containers of the task mount, as Docker defines it. */
export type VolumePlan =
  | { readonly kind: 'host'; readonly name: string; readonly path: string }
  | {
      readonly kind: 'docker';
      readonly name: string;
      readonly dockerName: string;
      /**
       * `task`: created for this task and deleted with it. `shared`: outlives the task, and the agent creates it only
       * with autoprovision.
       */
      readonly scope: 'task' | 'shared';
      readonly autoprovision: boolean;
      readonly driver: string;
      readonly driverOpts: Readonly<Record<string, string>>;
      readonly labels: Readonly<Record<string, string>>;
    };

/** Task-level sizes: limits for the sum of all containers. */
export interface TaskLimits {
  /** In 1/1024 of a vCPU. */
  readonly cpu?: number;
  readonly memoryMiB?: number;
}

/** The complete plan to run a task, derived once from its definition and overrides. */
export interface TaskPlan {
  readonly item: WorkItem;
  readonly containers: readonly ContainerPlan[];
  readonly volumes: readonly VolumePlan[];
  readonly networkMode: 'bridge' | 'host' | 'none';
  readonly pidMode?: 'host' | 'task';
  readonly ipcMode?: 'host' | 'task' | 'none';
  readonly limits: TaskLimits;
  /** Name of the pause container that holds the shared namespaces. */
  readonly pauseName?: string;
}

export interface PlanSettings {
  readonly defaultStopTimeoutMs: number;
  /** Returns the digest of a text in lower-case hexadecimal digits, at least 20 of them. */
  readonly digest: (text: string) => string;
}

const SECOND_MS = 1_000;
/** The default of ECS (ecs-api 5.17). */
const RESTART_ATTEMPT_PERIOD_S = 300;
const NAME_DIGITS = 20;
/** Docker accepts only names of directories as names of volumes. */
const DOCKER_NAME_LENGTH_MAX = 255;

/** Applies the overrides and derives the plan. The definition was validated when it was registered. */
export function planTask(item: WorkItem, definition: RegisteredDefinition, settings: PlanSettings): TaskPlan {
  const overrides = new Map((item.overrides.containerOverrides ?? []).map((override) => [override.name, override]));
  const containers = definition.containerDefinitions.map((original) => {
    const override = overrides.get(original.name);
    return planContainer(item, override ? overridden(original, override) : original, settings);
  });
  const sharesNamespaces = definition.pidMode === 'task' || definition.ipcMode === 'task';
  return {
    item,
    containers,
    volumes: (definition.volumes ?? []).map((volume) => planVolume(item, volume, settings)),
    networkMode: networkMode(definition),
    ...(definition.pidMode && { pidMode: definition.pidMode }),
    ...(definition.ipcMode && { ipcMode: definition.ipcMode }),
    limits: taskLimits(item.overrides, definition),
    ...(sharesNamespaces && { pauseName: dockerName(item, PAUSE_CONTAINER, settings) }),
  };
}

/** `environment` is merged by name; all other members are replaced (ecs-api 5.5.4). */
function overridden(original: Ecs.ContainerDefinition, override: Ecs.ContainerOverride): Ecs.ContainerDefinition {
  return {
    ...original,
    ...(override.command && { command: override.command }),
    ...(override.cpu !== undefined && { cpu: override.cpu }),
    ...(override.memory !== undefined && { memory: override.memory }),
    ...(override.memoryReservation !== undefined && { memoryReservation: override.memoryReservation }),
    ...(override.environment && { environment: mergedByName(original.environment ?? [], override.environment) }),
  };
}

function mergedByName(
  base: readonly Ecs.KeyValuePair[],
  over: readonly Ecs.KeyValuePair[],
): readonly Ecs.KeyValuePair[] {
  const merged = new Map([...base, ...over].map(({ name, value }) => [name ?? '', value ?? '']));
  return [...merged].map(([name, value]) => ({ name, value }));
}

function planContainer(item: WorkItem, definition: Ecs.ContainerDefinition, settings: PlanSettings): ContainerPlan {
  const name = definition.name ?? '';
  const placed = item.containers.find((container) => container.name === name);
  return {
    name,
    image: pinned(definition.image ?? '', placed?.pinnedDigest),
    dockerName: dockerName(item, name, settings),
    essential: definition.essential ?? true,
    dependencies: dependenciesOf(definition),
    stopTimeoutMs: definition.stopTimeout ? definition.stopTimeout * SECOND_MS : settings.defaultStopTimeoutMs,
    ...(definition.startTimeout && { startTimeoutMs: definition.startTimeout * SECOND_MS }),
    ...(definition.restartPolicy?.enabled && { restartPolicy: restartPolicy(definition.restartPolicy) }),
    gpuIds: placed?.gpuIds ?? [],
    definition,
  };
}

/** Returns the image with its digest. The tag is kept only for readers, because Docker ignores it. */
function pinned(image: string, digest: string | undefined): string {
  return digest === undefined || image.includes('@') ? image : `${image}@${digest}`;
}

function restartPolicy(policy: Ecs.ContainerRestartPolicy): RestartPolicy {
  return {
    attemptPeriodMs: (policy.restartAttemptPeriod ?? RESTART_ATTEMPT_PERIOD_S) * SECOND_MS,
    ignoredExitCodes: policy.ignoredExitCodes ?? [],
  };
}

/**
 * Returns `dependsOn` and the implied dependencies: the target of a link must run, and the source of volumesFrom must
 * exist.
 */
function dependenciesOf(definition: Ecs.ContainerDefinition): readonly Dependency[] {
  return [
    ...(definition.dependsOn ?? []).map(({ containerName, condition }) => ({ on: containerName, condition })),
    ...(definition.links ?? []).map((link) => ({ on: linkTarget(link), condition: 'START' as const })),
    ...(definition.volumesFrom ?? []).map(({ sourceContainer }) => ({
      on: sourceContainer ?? '',
      condition: 'CREATE' as const,
    })),
  ];
}

/** Returns the container to which a link (`container` or `container:alias`) refers. */
export function linkTarget(link: string): string {
  return link.split(':', 1)[0] ?? link;
}

/** Returns the Docker name of one of the task's containers. */
export function dockerNameOf(plan: TaskPlan, container: string): string {
  return plan.containers.find(({ name }) => name === container)?.dockerName ?? container;
}

function planVolume(item: WorkItem, volume: Ecs.Volume, settings: PlanSettings): VolumePlan {
  const name = volume.name ?? '';
  if (volume.host?.sourcePath) return { kind: 'host', name, path: volume.host.sourcePath };
  const docker = volume.dockerVolumeConfiguration;
  const shared = docker?.scope === 'shared';
  return {
    kind: 'docker',
    name,
    dockerName: shared ? name : dockerName(item, name, settings),
    scope: shared ? 'shared' : 'task',
    autoprovision: shared ? (docker.autoprovision ?? false) : true,
    driver: docker?.driver ?? 'local',
    driverOpts: docker?.driverOpts ?? {},
    labels: docker?.labels ?? {},
  };
}

/**
 * Returns `ecs-<family>-<revision>-<name>-<20 hex>`, the pattern of ECS. The digits are derived from the task, so they
 * never change. In a name that is too long for Docker, the part before the digits is shortened.
 */
function dockerName(item: WorkItem, name: string, { digest }: PlanSettings): string {
  const { family, revision } = item.taskDefinition;
  const end = `-${digest(`${item.task}/${name}`).slice(0, NAME_DIGITS)}`;
  return `ecs-${family}-${String(revision)}-${name}`.slice(0, DOCKER_NAME_LENGTH_MAX - end.length) + end;
}

function networkMode({ networkMode: mode }: RegisteredDefinition): TaskPlan['networkMode'] {
  return mode === 'host' || mode === 'none' ? mode : 'bridge';
}

/** In the stored definition the sizes are whole numbers in text. Overrides may use every format that ECS accepts. */
function taskLimits(overrides: Ecs.TaskOverride, definition: RegisteredDefinition): TaskLimits {
  const cpu = size(overrides.cpu ?? definition.cpu, /^([\d.]+)\s*vcpu$/i);
  const memoryMiB = size(overrides.memory ?? definition.memory, /^([\d.]+)\s*gb$/i);
  return { ...(cpu && { cpu }), ...(memoryMiB && { memoryMiB }) };
}

/** Parses a plain number, or a number with a unit of 1,024 (vCPU, GB). */
function size(text: string | undefined, inUnits: RegExp): number | undefined {
  if (text === undefined) return undefined;
  const units = inUnits.exec(text.trim())?.[1];
  const value = units === undefined ? Number(text) : Number(units) * 1024;
  return Number.isFinite(value) && value > 0 ? Math.round(value) : undefined;
}
