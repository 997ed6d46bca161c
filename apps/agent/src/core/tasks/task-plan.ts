import { type Ecs, PAUSE_CONTAINER, type RegisteredDefinition, type WorkItem } from '@stowage/domain';

/** What must be true of another container before this one may be created (ecs-api 5.17). CREATE is volumesFrom's. */
export interface Dependency {
  readonly on: string;
  readonly condition: 'CREATE' | 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
}

export interface RestartPolicy {
  /** A run that was shorter than this is not repeated. */
  readonly attemptPeriodMs: number;
  readonly ignoredExitCodes: readonly number[];
}

/** One container of a task: its definition with the overrides applied, and what the agent derives from it. */
export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  /** Docker's name, the same for the same container of the same task always: creating it twice is refused by Docker. */
  readonly dockerName: string;
  readonly essential: boolean;
  readonly dependencies: readonly Dependency[];
  readonly stopTimeoutMs: number;
  /** How long others wait for a condition of this container after its start; for ever when absent. */
  readonly startTimeoutMs?: number;
  readonly restartPolicy?: RestartPolicy;
  /** Those of this host's GPUs that are its own. */
  readonly gpuIds: readonly string[];
  readonly definition: Ecs.ContainerDefinition;
}

/** A volume that containers of the task mount, as Docker sees it. */
export type VolumePlan =
  | { readonly kind: 'host'; readonly name: string; readonly path: string }
  | {
      readonly kind: 'docker';
      readonly name: string;
      readonly dockerName: string;
      /** `task`: made for this task and deleted with it. `shared`: outlives it; made by the agent only when asked. */
      readonly scope: 'task' | 'shared';
      readonly autoprovision: boolean;
      readonly driver: string;
      readonly driverOpts: Readonly<Record<string, string>>;
      readonly labels: Readonly<Record<string, string>>;
    };

/** A task-level size: the sum of its containers may not take more. */
export interface TaskLimits {
  /** In 1/1024 of a vCPU. */
  readonly cpu?: number;
  readonly memoryMiB?: number;
}

/** Everything that running a task needs, worked out once from its definition and overrides. */
export interface TaskPlan {
  readonly item: WorkItem;
  readonly containers: readonly ContainerPlan[];
  readonly volumes: readonly VolumePlan[];
  readonly networkMode: 'bridge' | 'host' | 'none';
  readonly pidMode?: 'host' | 'task';
  readonly ipcMode?: 'host' | 'task' | 'none';
  readonly limits: TaskLimits;
  /** The name of the container that holds the namespaces that the others share. */
  readonly pauseName?: string;
}

export interface PlanSettings {
  readonly defaultStopTimeoutMs: number;
  /** Lower-case hexadecimal digest of a text, at least 20 digits. */
  readonly digest: (text: string) => string;
}

const SECOND_MS = 1_000;
/** ECS's own default (ecs-api 5.17). */
const RESTART_ATTEMPT_PERIOD_S = 300;
const NAME_DIGITS = 20;
/** Docker's names of volumes are names of directories. */
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

/** `environment` merges by name, the rest replaces (ecs-api 5.5.4). */
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

/** The image by its digest. The tag stays for those who read it; Docker ignores it. */
function pinned(image: string, digest: string | undefined): string {
  return digest === undefined || image.includes('@') ? image : `${image}@${digest}`;
}

function restartPolicy(policy: Ecs.ContainerRestartPolicy): RestartPolicy {
  return {
    attemptPeriodMs: (policy.restartAttemptPeriod ?? RESTART_ATTEMPT_PERIOD_S) * SECOND_MS,
    ignoredExitCodes: policy.ignoredExitCodes ?? [],
  };
}

/** `dependsOn`, and what links (the other runs) and volumesFrom (the other exists) imply. */
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

/** The container that a link (`container` or `container:alias`) leads to. */
export function linkTarget(link: string): string {
  return link.split(':', 1)[0] ?? link;
}

/** Docker's name of one of the task's containers. */
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
 * `ecs-<family>-<revision>-<name>-<20 hex>`, ECS's pattern. The digits come from the task, so they never change; a name
 * that is too long for Docker loses characters before them.
 */
function dockerName(item: WorkItem, name: string, { digest }: PlanSettings): string {
  const { family, revision } = item.taskDefinition;
  const end = `-${digest(`${item.task}/${name}`).slice(0, NAME_DIGITS)}`;
  return `ecs-${family}-${String(revision)}-${name}`.slice(0, DOCKER_NAME_LENGTH_MAX - end.length) + end;
}

function networkMode({ networkMode: mode }: RegisteredDefinition): TaskPlan['networkMode'] {
  return mode === 'host' || mode === 'none' ? mode : 'bridge';
}

/** In the stored definition the sizes are whole numbers in text; overrides may come as ECS allows them to be written. */
function taskLimits(overrides: Ecs.TaskOverride, definition: RegisteredDefinition): TaskLimits {
  const cpu = size(overrides.cpu ?? definition.cpu, /^([\d.]+)\s*vcpu$/i);
  const memoryMiB = size(overrides.memory ?? definition.memory, /^([\d.]+)\s*gb$/i);
  return { ...(cpu && { cpu }), ...(memoryMiB && { memoryMiB }) };
}

/** A plain number, or a number with the unit that stands for 1,024 (vCPU, GB). */
function size(text: string | undefined, inUnits: RegExp): number | undefined {
  if (text === undefined) return undefined;
  const units = inUnits.exec(text.trim())?.[1];
  const value = units === undefined ? Number(text) : Number(units) * 1024;
  return Number.isFinite(value) && value > 0 ? Math.round(value) : undefined;
}
