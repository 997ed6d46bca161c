import { Semaphore } from '@stowage/concurrency';
import type { AgentIdentity } from '@stowage/domain';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AgentConfig } from './config';
import type { EngineFacts } from './core/control-plane/registration';
import { retrySettings } from './settings';
import { Cleanup } from './shell/tasks/cleanup';
import type { ContainerEngine } from './shell/containers/container-engine';
import { ContainerSteps } from './shell/containers/container-steps';
import type { ControlPlane } from './shell/control-plane/control-plane';
import { DockerPermits } from './shell/containers/docker-permits';
import { EngineWatch } from './shell/containers/engine-watch';
import { HostView } from './shell/containers/host-view';
import { ImagePuller } from './shell/images/image-puller';
import { LocalStore } from './shell/control-plane/local-store';
import { LogReader } from './shell/containers/log-reader';
import { Membership } from './shell/control-plane/membership';
import { MetadataTokens } from './shell/tasks/metadata-tokens';
import { PortRanges } from './shell/networks/port-ranges';
import { Positions } from './shell/control-plane/positions';
import { registryLogins } from './shell/images/registry-logins';
import { StartGuard } from './shell/tasks/start-guard';
import { StatusReporter } from './shell/control-plane/status-reporter';
import { TaskCgroups } from './shell/tasks/task-cgroups';
import { TaskDefinitions } from './shell/control-plane/task-definitions';
import { TaskResources } from './shell/tasks/task-resources';
import { TaskRunners } from './shell/tasks/task-runners';
import { WorkFeed } from './shell/control-plane/work-feed';

/** Dependencies that the caller provides. All other parts are built from them. */
export interface AgentParts {
  readonly config: AgentConfig;
  readonly identity: AgentIdentity;
  readonly controlPlane: ControlPlane;
  readonly engine: ContainerEngine;
  readonly logger: Logger;
  readonly now: () => number;
  /** Called after each accepted registration. */
  readonly onRegistered?: () => void;
}

/** The connected parts of an agent. None of them is running yet. */
export interface Assembly {
  readonly store: LocalStore;
  readonly startGuard: StartGuard;
  readonly tokens: MetadataTokens;
  readonly host: HostView;
  readonly resources: TaskResources;
  readonly reporter: StatusReporter;
  readonly runners: TaskRunners;
  readonly feed: WorkFeed;
  readonly membership: Membership;
  readonly watch: EngineWatch;
  readonly cleanup: Cleanup;
  readonly logs: LogReader;
}

/** Builds the parts of the agent in the order of their dependencies. */
export async function assemble(parts: AgentParts, engineFacts: EngineFacts): Promise<Assembly> {
  const { config, controlPlane, engine, logger, now } = parts;
  const { cluster, instance } = parts.identity;
  const retry = retrySettings(config);

  const store = new LocalStore(join(config.agentDataDir, 'state'));
  const positions = await Positions.load(store);
  const startGuard = await StartGuard.load(store, logger);
  const tokens = await MetadataTokens.load(store);

  const cgroups = TaskCgroups.of(config.agentCgroupRoot, engineFacts);
  const host = hostView(parts, cgroups, tokens);
  const resources = new TaskResources(engine, cgroups, instance, {
    pullInactivityMs: config.agentImagePullInactivityTimeoutMs,
    ...(config.agentPauseImage && { pauseImage: config.agentPauseImage }),
  });
  const images = await imagePuller(parts, store);
  const permitSettings = { permits: config.agentDockerParallelism, holdMaxMs: config.agentDockerPermitHoldMs };
  const permits = new DockerPermits(permitSettings);
  const removalPermits = new DockerPermits(permitSettings);
  const steps = new ContainerSteps(
    { engine, images, resources, permits, hostFacts: (plan, container) => host.factsFor(plan, container) },
    {
      pullTimeoutMs: config.agentImagePullTimeoutMs,
      createTimeoutMs: config.agentContainerCreateTimeoutMs,
      startTimeoutMs: config.agentContainerStartTimeoutMs,
      ...retry,
    },
  );

  const reporter = new StatusReporter(controlPlane, positions, logger, retry);
  const runners = new TaskRunners(
    new TaskDefinitions(controlPlane, retry),
    { engine, steps, resources, reporter, store, startGuard, logger, now, abandonMs: config.agentAbandonMs },
    { instance, defaultStopTimeoutMs: config.agentContainerStopTimeoutMs },
  );
  const cleaning = {
    waitMs: config.agentTaskCleanupWaitMs,
    periodMs: config.agentCleanupPeriodMs,
    serviceTasksMax: config.agentServiceTasksKept,
    now,
  };
  const cleanup = new Cleanup({ runners, resources, store, permits: removalPermits }, logger, cleaning);
  const feed = new WorkFeed(controlPlane, { positions, runners, cleanup }, logger, {
    cluster,
    refreshMs: config.agentWorkRefreshMs,
    ...retry,
  });
  const { onRegistered } = parts;
  const heartbeatMs = config.agentHeartbeatMs;
  const beats = {
    cluster,
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...retry,
    ...(onRegistered && { onRegistered }),
  };
  return {
    store,
    startGuard,
    tokens,
    host,
    resources,
    reporter,
    runners,
    feed,
    membership: new Membership(controlPlane, { positions, feed }, logger, beats),
    watch: new EngineWatch(engine, runners, logger, { instance, resyncMs: config.agentResyncMs, ...retry }),
    cleanup,
    logs: new LogReader(engine, runners),
  };
}

function hostView({ config, identity }: AgentParts, cgroups: TaskCgroups, tokens: MetadataTokens): HostView {
  const { agentBindIp: bindIp, agentDynamicHostPortRange: dynamicPorts } = config;
  const logFiles = { files: config.agentAwslogsFiles, fileMib: config.agentAwslogsFileMib };
  const settings = { instance: identity.instance, bindIp, logFiles, ...(dynamicPorts && { dynamicPorts }) };
  return new HostView(cgroups, tokens, new PortRanges(bindIp, dynamicPorts), settings);
}

async function imagePuller({ config, engine, logger }: AgentParts, store: LocalStore): Promise<ImagePuller> {
  const settings = {
    behavior: config.agentImagePullBehavior,
    logins: await registryLogins(config, logger),
    timeoutMs: config.agentImagePullTimeoutMs,
    inactivityMs: config.agentImagePullInactivityTimeoutMs,
    failureReuseMs: config.agentPullFailureReuseMs,
  };
  const images = new ImagePuller(engine, settings, store, new Semaphore({ permits: config.agentPullParallelism }));
  await images.load();
  return images;
}
