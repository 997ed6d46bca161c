import { describe, expect, it } from 'vitest';
import { applyEvent } from '../state/apply-event';
import { ClusterState } from '../state/cluster-state';
import type { DomainEvent } from '../state/events';
import { clusterName, instanceId, taskId } from '../ids';
import { NO_RESOURCES } from '../resources';
import type { ContainerReport, TaskContainer } from '../task/records/task';
import { failureReason } from './records/launches';
import { type Deployment, primaryOf, serviceKey } from './records/service';

const CLUSTER = clusterName('sea');
const HOME = instanceId('home');
const KEY = serviceKey(CLUSTER, 'web');
const about = { version: 1, cluster: CLUSTER } as const;
const onHome = { ...about, instance: HOME } as const;
const GROUP_ARN = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';

interface Kind {
  readonly isChecked?: boolean;
  readonly isTarget?: boolean;
  readonly resetOnHealthyTask?: boolean;
}

/** A service with one deployment in progress, whose tasks start and end one by one. */
class Launches {
  readonly state = new ClusterState();
  at = 1_000_000;
  private tasks = 0;

  constructor(private readonly kind: Kind = {}) {
    const { isTarget, resetOnHealthyTask } = kind;
    const breaker = { enable: true, rollback: false, ...(resetOnHealthyTask === false && { resetOnHealthyTask }) };
    this.happens(
      {
        ...onHome,
        type: 'InstanceRegistered',
        ec2InstanceId: 'i-home',
        versionInfo: {},
        resources: NO_RESOURCES,
        attributes: [],
        tags: [],
      },
      {
        ...about,
        type: 'ServiceCreated',
        service: 'web',
        settings: {
          deploymentConfiguration: {
            minimumHealthyPercent: 100,
            maximumPercent: 200,
            deploymentCircuitBreaker: breaker,
          },
          placementConstraints: [],
          placementStrategy: [],
          availabilityZoneRebalancing: 'DISABLED',
          enableECSManagedTags: false,
          propagateTags: 'NONE',
        },
        schedulingStrategy: 'REPLICA',
        desiredCount: 1,
        tags: [],
        createdBy: 'arn:aws:iam::123456789012:root',
      },
      {
        ...about,
        type: 'DeploymentStarted',
        service: 'web',
        deployment: 'ecs-svc/1',
        revision: {
          id: '1',
          taskDefinition: { family: 'web', revision: 1 },
          launchType: 'EC2',
          ...(isTarget && {
            loadBalancers: [{ targetGroupArn: GROUP_ARN, containerName: 'web', containerPort: 80 }],
          }),
        },
        serviceDeployment: 'd1',
        reason: 'created',
        messages: [],
      },
    );
  }

  get deployment(): Deployment {
    return primaryOf(this.state.services.get(KEY)!)!;
  }

  get counts(): readonly [failedTasks: number, generations: number] {
    return [this.deployment.failedTasks, this.deployment.launches.generations];
  }

  happens(...events: readonly DomainEvent[]): void {
    for (const event of events) applyEvent(this.state, event, { at: this.at });
  }

  passes(ms: number): void {
    this.at += ms;
  }

  private get newest() {
    return { ...onHome, task: taskId(`t${String(this.tasks)}`) };
  }

  places(): void {
    this.tasks += 1;
    this.passes(1);
    const container = {
      id: 'c',
      name: 'web',
      image: 'web',
      cpu: '0',
      essential: true,
      hasHealthCheck: this.kind.isChecked ?? false,
    };
    const placed = {
      id: this.newest.task,
      taskDefinition: { family: 'web', revision: 1 },
      containers: [container],
      overrides: {},
      resources: NO_RESOURCES,
      cpu: '0',
      memory: '0',
      group: 'service:web',
      launchType: 'EC2',
      tags: [],
      enableExecuteCommand: false,
      service: { name: 'web', deployment: 'ecs-svc/1' },
    } as const;
    this.happens({ ...onHome, type: 'TasksPlaced', tasks: [placed] });
  }

  runs(healthStatus?: 'HEALTHY' | 'UNHEALTHY'): void {
    const report: ContainerReport = { name: 'web', lastStatus: 'RUNNING', ...(healthStatus && { healthStatus }) };
    this.happens({ ...this.newest, type: 'TaskProgressed', lastStatus: 'RUNNING', containers: [report] });
  }

  isServed(): void {
    const target = { id: 'i-home', port: 80, health: { state: 'healthy' }, task: this.newest.task } as const;
    this.happens({ type: 'TargetHealthChanged', version: 1, targetGroup: 'web', targets: [target] });
  }

  ends(stopCode: 'TaskFailedToStart' | 'EssentialContainerExited' = 'EssentialContainerExited'): void {
    const exited: ContainerReport = { name: 'web', lastStatus: 'STOPPED', exitCode: 7 };
    const containers = stopCode === 'EssentialContainerExited' ? [exited] : [];
    const stoppedReason =
      stopCode === 'TaskFailedToStart' ? 'CannotPullContainerError: no' : 'Essential container in task exited';
    this.happens({ ...this.newest, type: 'TaskStopped', containers, stopCode, stoppedReason });
  }

  isStopped(unhealthy: boolean): void {
    const stop = { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Task failed health checks' } as const;
    this.happens({ ...this.newest, type: 'TaskStopRequested', ...stop, ...(unhealthy && { unhealthy: true }) });
  }
}

describe('a task has failed', () => {
  it('if it never was RUNNING; for the circuit breaker only until a task was RUNNING', () => {
    const launches = new Launches();
    for (const count of [1, 2]) {
      launches.places();
      launches.ends('TaskFailedToStart');
      expect(launches.counts).toEqual([count, count]);
    }
    launches.places();
    launches.runs();
    launches.places();
    launches.ends('TaskFailedToStart');
    expect(launches.counts).toEqual([2, 3]);
  });

  it('if it ended by itself soon after its start, each time', () => {
    const launches = new Launches();
    for (const count of [1, 2, 3, 4]) {
      launches.places();
      launches.runs();
      launches.passes(39_000);
      launches.ends();
      expect(launches.counts).toEqual([count, count]);
    }
    expect(launches.deployment.lastFailure).toBe(
      'Essential container in task exited: container web exited with code 7',
    );
  });

  it('if it ended before its health check passed, regardless of its time as RUNNING', () => {
    const launches = new Launches({ isChecked: true });
    launches.places();
    launches.runs();
    launches.passes(600_000);
    launches.ends();
    expect(launches.counts).toEqual([1, 1]);
  });

  it('if it ended before its load balancer found it healthy, even if its own health check passed', () => {
    const launches = new Launches({ isChecked: true, isTarget: true });
    launches.places();
    launches.runs('HEALTHY');
    launches.ends();
    expect(launches.counts).toEqual([1, 1]);
  });

  it('if its service stopped it as unhealthy before it was healthy; the step counts it for the breaker', () => {
    const launches = new Launches({ isChecked: true });
    launches.places();
    launches.runs('UNHEALTHY');
    launches.isStopped(true);
    launches.ends();
    expect(launches.counts).toEqual([0, 1]);
    expect(launches.deployment.lastFailure).toBe('Task failed health checks');
  });
});

describe('a task has not failed', () => {
  it('if it ended after it had been RUNNING for long enough, which ends the backoff', () => {
    const launches = new Launches();
    launches.places();
    launches.ends('TaskFailedToStart');
    launches.places();
    launches.runs();
    launches.passes(40_000);
    launches.ends();
    expect(launches.counts).toEqual([0, 0]);
  });

  it('if its service stopped it for another reason', () => {
    const launches = new Launches();
    launches.places();
    launches.runs();
    launches.isStopped(false);
    launches.ends();
    expect(launches.counts).toEqual([0, 0]);
  });

  it.each<[string, Kind, (launches: Launches) => void]>([
    ['its health check', { isChecked: true }, (launches) => launches.runs('HEALTHY')],
    ['its load balancer', { isTarget: true }, (launches) => launches.isServed()],
  ])('if %s found it healthy, which ends the backoff and resets the breaker', (_what, kind, becomesHealthy) => {
    const launches = new Launches(kind);
    launches.places();
    launches.ends('TaskFailedToStart');
    launches.places();
    launches.runs();
    expect(launches.counts).toEqual([1, 1]);
    becomesHealthy(launches);
    expect(launches.counts).toEqual([0, 0]);
    launches.places();
    launches.ends();
    expect(launches.counts[1]).toBe(1);
  });
});

describe('a healthy task', () => {
  it('does not reset the breaker if the user disabled it', () => {
    const launches = new Launches({ isChecked: true, resetOnHealthyTask: false });
    launches.places();
    launches.ends('TaskFailedToStart');
    launches.places();
    launches.runs('HEALTHY');
    expect(launches.counts).toEqual([1, 0]);
  });

  it('resets the breaker only once, when it becomes healthy', () => {
    const launches = new Launches({ isChecked: true });
    launches.places();
    launches.runs('HEALTHY');
    launches.places();
    launches.ends('TaskFailedToStart');
    const [healthy] = [...launches.state.tasks.keys()];
    const report: ContainerReport = { name: 'web', lastStatus: 'RUNNING', healthStatus: 'HEALTHY' };
    launches.happens({
      ...onHome,
      task: healthy!,
      type: 'TaskProgressed',
      lastStatus: 'RUNNING',
      containers: [report],
    });
    expect(launches.counts[1]).toBe(1);
  });
});

describe('the reason of a failure', () => {
  const container: TaskContainer = {
    id: 'c',
    name: 'web',
    image: 'web',
    cpu: '0',
    essential: true,
    hasHealthCheck: false,
    lastStatus: 'STOPPED',
    networkBindings: [],
    healthStatus: 'UNKNOWN',
  };
  const exited = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' } as const;
  const reasonText = (containers: readonly TaskContainer[]): string => failureReason({ ...exited, containers });

  it('names each essential container that ended, with its code and its reason', () => {
    expect(
      reasonText([
        { ...container, exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
        { ...container, name: 'log', essential: false, exitCode: 1 },
        { ...container, name: 'api', exitCode: 1 },
      ]),
    ).toBe(
      'Essential container in task exited: container web exited with code 137 ' +
        '(OutOfMemoryError: Container killed due to memory usage), container api exited with code 1',
    );
  });

  it('has a bounded length', () => {
    expect(reasonText([{ ...container, exitCode: 1, reason: 'x'.repeat(5_000) }])).toHaveLength(1_024);
  });
});
