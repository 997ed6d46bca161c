import { ElasticLoadBalancingV2ServiceException } from '@aws-sdk/client-elastic-load-balancing-v2';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  type DescribeTasksCommandInput,
  CreateClusterCommand,
  ECSClient,
  ECSServiceException,
  type RunTaskCommandInput,
  RunTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { clusterName } from '@stowage/domain';
import { readConfig } from '@stowage/runtime';
import { startClusterManager } from '../../apps/cluster-manager/src/app';
import { ClusterManagerConfig } from '../../apps/cluster-manager/src/config';
import type { FleetOptions } from '../../apps/fleet/src/core/fleet-options';
import { type Fleet, startFleet } from '../../apps/fleet/src/fleet';
import { startScheduler } from '../../apps/scheduler/src/app';
import { SchedulerConfig } from '../../apps/scheduler/src/config';
import { startServiceController } from '../../apps/service-controller/src/app';
import { ServiceControllerConfig } from '../../apps/service-controller/src/config';
import { ACCESS_KEY, startTestGateway, type TestGateway } from './gateway';

const ACCOUNT = '123456789012';
/** Settings of the SDK's waiters, in seconds. */
export const WAIT = { minDelay: 1, maxDelay: 1, maxWaitTime: 20 };

/** Returns the ARN of an ECS resource in the deployments of tests. */
export const arn = (rest: string): string => `arn:aws:ecs:us-east-1:${ACCOUNT}:${rest}`;

/** Returns the ids at the end of ARNs. */
export const idOf = (text: string | undefined): string => text?.split('/').at(-1) ?? '';

/**
 * A control plane on real NATS and Postgres with two replicas of every app, on two runtimes that share only NATS: two
 * connections and two folds, as in two processes. A fleet simulates the container instances.
 */
export interface TestDeployment extends TestGateway {
  /** A client of the other gateway. */
  readonly other: ECSClient;
  readonly otherUrl: string;
  /** Creates a cluster of that name with simulated instances. Resolves when all of them accept tasks. */
  fleet(cluster: string, options?: Partial<FleetOptions>): Promise<Fleet>;
  /** Runs tasks. Resolves with the tasks that were placed. */
  run(input: RunTaskCommandInput): Promise<readonly Task[]>;
  /** Like `run`, and waits until the tasks are RUNNING. */
  runUntilRunning(input: RunTaskCommandInput): Promise<readonly Task[]>;
  /** Polls more often than the SDK's waiters, which poll once a second. */
  until(about: DescribeTasksCommandInput, status: 'RUNNING' | 'STOPPED'): Promise<readonly Task[]>;
}

const QUICK: Partial<FleetOptions> = {
  instances: 1,
  startMs: { from: 1, to: 20 },
  stopMs: { from: 1, to: 20 },
  heartbeatMs: 200,
};

/** Settings of both replicas, with short delays. */
const SETTINGS = {
  STOWAGE_TASK_DEFINITION_DELETION_DELAY_MS: '0',
  STOWAGE_TASK_DEFINITION_DELETION_CHECK_MS: '20',
  STOWAGE_READ_TIMEOUT_MS: '2000',
};

export async function startTestDeployment(settings: Readonly<Record<string, string>> = {}): Promise<TestDeployment> {
  const all = { ...SETTINGS, ...settings };
  const gateway = await startTestGateway({ settings: all });
  const { runtime, ecs } = gateway;
  const second = await runtime.another('second-half');
  const apps = [
    await startClusterManager(second, readConfig(ClusterManagerConfig, all)),
    await startScheduler(second, readConfig(SchedulerConfig, all)),
    await startServiceController(second, readConfig(ServiceControllerConfig, all)),
  ];
  const { url: otherUrl } = await gateway.another(all);
  const other = new ECSClient({
    endpoint: otherUrl,
    region: runtime.scope.region,
    credentials: ACCESS_KEY,
    maxAttempts: 1,
  });
  const fleets: Fleet[] = [];
  const run = async (input: RunTaskCommandInput): Promise<readonly Task[]> => {
    const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(input));
    if (failures.length > 0) throw new Error(`Not all were placed: ${JSON.stringify(failures)}`);
    return tasks;
  };
  const until = async (about: DescribeTasksCommandInput, status: 'RUNNING' | 'STOPPED'): Promise<readonly Task[]> => {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand(about));
      if (tasks.length > 0 && tasks.every(({ lastStatus }) => lastStatus === status)) return tasks;
      if (performance.now() > deadline) throw new Error(`Not ${status} in time: ${JSON.stringify(tasks)}`);
      await delay(20);
    }
  };
  return {
    ...gateway,
    until,
    other,
    otherUrl,
    fleet: async (cluster, options) => {
      await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
      const fleet = await startFleet(runtime.nats, { ...QUICK, ...options, cluster: clusterName(cluster) });
      fleets.push(fleet);
      await untilConnected(ecs, cluster, fleet);
      return fleet;
    },
    run,
    runUntilRunning: async (input) => {
      const tasks = (await run(input)).map(({ taskArn = '' }) => taskArn);
      const about = { tasks, ...(input.cluster !== undefined && { cluster: input.cluster }) };
      return until(about, 'RUNNING');
    },
    close: async () => {
      other.destroy();
      for (const fleet of fleets) fleet.close();
      for (const app of apps) await app.close();
      await gateway.close();
    },
  };
}

async function untilConnected(ecs: ECSClient, cluster: string, { instances }: Fleet): Promise<void> {
  const asked = new DescribeContainerInstancesCommand({ cluster, containerInstances: instances.slice(0, 100) });
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { containerInstances = [] } = await ecs.send(asked);
    if (containerInstances.length > 0 && containerInstances.every(({ agentConnected }) => agentConnected)) return;
    if (performance.now() > deadline) throw new Error(`The instances of ${cluster} do not connect.`);
  }
}

/** Resolves with the error of a call as `Name: message`. @throws Error if the call succeeds. */
export async function refusalOf(call: Promise<object>): Promise<string> {
  const outcome = await call.then(
    (output) => ({ output }),
    (error: unknown) => ({ error }),
  );
  if ('output' in outcome) throw new Error(`The call succeeded: ${JSON.stringify(outcome.output).slice(0, 1_000)}`);
  const { error } = outcome;
  if (!(error instanceof ECSServiceException || error instanceof ElasticLoadBalancingV2ServiceException)) throw error;
  return `${error.name}: ${error.message}`;
}
