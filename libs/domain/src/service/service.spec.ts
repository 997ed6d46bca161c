import { describe, expect, it } from 'vitest';
import { ClusterState } from '../state/cluster-state';
import { applyEvent } from '../state/apply-event';
import type * as Ecs from '../ecs/shapes';
import type { DomainEvent } from '../state/events';
import { clusterName, instanceId, taskId } from '../ids';
import { NO_RESOURCES } from '../resources';
import { seededRandom } from '../seeded-random';
import { decideCreateService } from './create-service';
import { decideDeleteService } from './delete-service';
import { failDeployment } from './fail-deployment';
import { failureThreshold, limitsOf } from './records/limits';
import { unableToPlace } from './records/messages';
import { primaryOf, type Service, serviceKey } from './records/service';
import { decideStopServiceDeployment } from './stop-service-deployment';
import { decideUpdateService } from './update-service';

const CLUSTER = clusterName('sea');
const HOME = instanceId('home');
const KEY = serviceKey(CLUSTER, 'web');
const principal = 'arn:aws:iam::123456789012:root';
const about = { version: 1, cluster: CLUSTER } as const;
const reference = { cluster: CLUSTER, service: 'web', existed: true } as const;

const ground: readonly DomainEvent[] = [
  {
    ...about,
    type: 'ClusterCreated',
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
  },
  {
    ...about,
    type: 'InstanceRegistered',
    instance: HOME,
    ec2InstanceId: 'i-home',
    versionInfo: {},
    resources: { ...NO_RESOURCES, memory: 4_096 },
    attributes: [],
    tags: [],
  },
  ...[1, 2].map((revision): DomainEvent => ({
    type: 'TaskDefinitionRegistered',
    version: 1,
    family: 'web',
    revision,
    definition: { family: 'web', containerDefinitions: [{ name: 'web', image: 'web', memory: 8, essential: true }] },
    tags: [],
    registeredBy: principal,
  })),
];

/** A history that is built command by command, as command handlers and agents write it. */
class History {
  readonly state = new ClusterState();
  private at = 1_000;
  private tasks = 0;

  constructor() {
    this.happens(...ground);
  }

  get service(): Service {
    return this.state.services.get(KEY)!;
  }

  happens(...events: readonly DomainEvent[]): readonly DomainEvent[] {
    for (const event of events) applyEvent(this.state, event, { at: (this.at += 1_000) });
    return events;
  }

  create(input: Partial<Ecs.CreateServiceRequest> = {}): readonly DomainEvent[] {
    const asked = { serviceName: 'web', desiredCount: 2, ...input };
    const command = { cluster: CLUSTER, input: asked, taskDefinition: { family: 'web', revision: 1 }, principal };
    return this.happens(...decideCreateService(this.state, { ...command, random: seededRandom(this.at) }));
  }

  update(input: Partial<Ecs.UpdateServiceRequest>, revision?: number): readonly DomainEvent[] {
    const named = revision === undefined ? {} : { taskDefinition: { family: 'web', revision } };
    const command = { ...reference, input: { service: 'web', ...input }, ...named, random: seededRandom(this.at) };
    return this.happens(...decideUpdateService(this.state, command));
  }

  delete(force: boolean): readonly DomainEvent[] {
    return this.happens(...decideDeleteService(this.state, { ...reference, force }));
  }

  stop(serviceDeployment: string): readonly DomainEvent[] {
    const command = { cluster: CLUSTER, service: 'web', serviceDeployment, random: seededRandom(this.at) };
    return this.happens(...decideStopServiceDeployment(this.state, command));
  }

  /** Number of tasks of the PRIMARY deployment. */
  places(count: number): void {
    const { id: deployment, revision } = primaryOf(this.service)!;
    const ids = Array.from({ length: count }, () => taskId(`t${String((this.tasks += 1))}`));
    const task = {
      taskDefinition: revision.taskDefinition,
      containers: [],
      overrides: {},
      resources: NO_RESOURCES,
      cpu: '0',
      memory: '0',
      group: 'service:web',
      launchType: 'EC2',
      startedBy: deployment,
      tags: [],
      enableExecuteCommand: false,
      service: { name: 'web', deployment },
    } as const;
    this.happens({ ...about, type: 'TasksPlaced', instance: HOME, tasks: ids.map((id) => ({ ...task, id })) });
  }

  run(): void {
    for (const { id: task } of [...this.state.tasks.values()]) {
      this.happens({ ...about, type: 'TaskProgressed', instance: HOME, task, lastStatus: 'RUNNING', containers: [] });
    }
  }

  end(stopCode: 'TaskFailedToStart' | 'EssentialContainerExited', count = this.state.tasks.size): void {
    for (const { id: task } of [...this.state.tasks.values()].slice(-count)) {
      const over = { instance: HOME, task, containers: [], stopCode, stoppedReason: 'It is over' };
      this.happens({ ...about, type: 'TaskStopped', ...over });
    }
  }

  complete(): void {
    const { id: deployment, serviceDeployment } = primaryOf(this.service)!;
    this.happens({
      ...about,
      type: 'DeploymentCompleted',
      service: 'web',
      deployment,
      serviceDeployment,
      messages: [],
    });
  }
}

const types = (events: readonly DomainEvent[]): readonly string[] => events.map(({ type }) => type);

describe('the rollback of a deployment', () => {
  it('restores the last completed revision with its target groups and its image digests', () => {
    const history = new History();
    history.create({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
    const loadBalancers = [{ targetGroupArn: 'arn', containerName: 'web', containerPort: 80 }];
    const imageDigests = { web: 'sha256:first' };
    const old = primaryOf(history.service)!;
    const lastCompleted = { ...old.revision, loadBalancers, imageDigests };
    const failed = { ...old, id: 'ecs-svc/new', revision: { ...old.revision, id: 'new' } };
    const service = { ...history.service, deployments: [failed], lastCompleted };
    const [, started] = failDeployment(service, { failed, reason: 'circuit-breaker', random: seededRandom(1) });
    const { createdAt: _, ...revision } = lastCompleted;
    expect(started?.revision).toEqual(revision);
  });
});

describe('a service', () => {
  it('is created once, with its first deployment', () => {
    const history = new History();
    expect(types(history.create())).toEqual(['ServiceCreated', 'DeploymentStarted']);
    expect(history.create()).toEqual([]);
    expect(() => history.create({ desiredCount: 3 })).toThrow('Creation of service was not idempotent.');
    expect(history.state.clusters.get(CLUSTER)?.activeServicesCount).toBe(1);
  });

  it('is updated by the differences: settings alone, a deployment alone, both, or nothing', () => {
    const history = new History();
    history.create();
    expect(types(history.update({ desiredCount: 3 }))).toEqual(['ServiceUpdated']);
    expect(history.update({ desiredCount: 3 }, 1)).toEqual([]);
    expect(history.update({ desiredCount: 4 }, 2)).toMatchObject([
      { type: 'ServiceUpdated', changes: { desiredCount: 4 } },
      { type: 'DeploymentStarted', reason: 'updated', revision: { taskDefinition: { revision: 2 } } },
    ]);
    expect(history.update({ forceNewDeployment: true })).toMatchObject([{ reason: 'forced' }]);
  });

  it('counts its tasks by deployment and removes deployments without tasks', () => {
    const history = new History();
    history.create();
    history.places(2);
    history.run();
    history.complete();
    history.update({}, 2);
    expect(history.service.deployments.map(({ status, runningCount }) => [status, runningCount])).toEqual([
      ['PRIMARY', 0],
      ['ACTIVE', 2],
    ]);
    history.end('EssentialContainerExited');
    expect(history.service.deployments.map(({ status }) => status)).toEqual(['PRIMARY']);
  });

  it('returns to the last completed revision and keeps its tasks when a user stops a deployment', () => {
    const history = new History();
    history.create();
    const first = primaryOf(history.service)!;
    history.places(2);
    history.run();
    history.complete();
    history.update({}, 2);
    const second = primaryOf(history.service)!;
    expect(types(history.stop(second.serviceDeployment))).toEqual(['DeploymentFailed', 'DeploymentStarted']);
    expect(primaryOf(history.service)).toMatchObject({ id: first.id, runningCount: 2, rolloutState: 'IN_PROGRESS' });
    expect(history.state.serviceDeployments.get(second.serviceDeployment)?.status).toBe('ROLLBACK_IN_PROGRESS');
    expect(() => history.stop(second.serviceDeployment)).toThrow('is being rolled back already');
    history.complete();
    expect(history.state.serviceDeployments.has(second.serviceDeployment)).toBe(false);
  });

  it('cannot be rolled back before a deployment was completed', () => {
    const history = new History();
    history.create();
    const { serviceDeployment } = primaryOf(history.service)!;
    expect(() => history.stop(serviceDeployment)).toThrow('There is no completed service revision to roll back to.');
    expect(() => history.stop('none')).toThrow('The service deployment was not found.');
  });

  it('is deleted immediately without tasks, by force with tasks, and DRAINING until the last one has stopped', () => {
    const empty = new History();
    empty.create({ desiredCount: 0 });
    expect(types(empty.delete(false))).toEqual(['ServiceDeletionRequested', 'ServiceDeleted']);
    expect(empty.state.services.has(KEY)).toBe(false);
    const busy = new History();
    busy.create();
    busy.places(1);
    expect(() => busy.delete(false)).toThrow('The service cannot be stopped while it is scaled above 0.');
    expect(types(busy.delete(true))).toEqual(['ServiceDeletionRequested']);
    expect(busy.service.status).toBe('DRAINING');
    expect(busy.delete(true)).toEqual([]);
    expect(() => busy.create()).toThrow('Unable to Start a service that is still Draining.');
  });
});

describe('limits of a service', () => {
  it.each([
    [4, [50, 100], [2, 4]],
    [4, [100, 200], [4, 8]],
    [2, [75, 100], [2, 2]],
    [3, [100, 125], [3, 3]],
    [1, [0, 100], [0, 1]],
    [1, [100, 200], [1, 2]],
  ] as const)('%i tasks with %o percent: %o', (count, [minimumHealthyPercent, maximumPercent], [lower, upper]) => {
    expect(limitsOf(count, { minimumHealthyPercent, maximumPercent })).toEqual({ lower, upper });
  });

  it.each([
    [1, {}, 3],
    [25, {}, 13],
    [400, {}, 200],
    [800, {}, 200],
    [800, { type: 'UNBOUNDED_PERCENT', value: 50 }, 400],
    [800, { type: 'COUNT', value: 7 }, 7],
  ] as const)('%i tasks with %o trip the circuit breaker at %i failures', (count, threshold, expected) => {
    const thresholdConfiguration = 'type' in threshold ? { thresholdConfiguration: threshold } : {};
    expect(failureThreshold({ enable: true, rollback: false, ...thresholdConfiguration }, count)).toBe(expected);
  });
});

describe('the message about tasks that could not be placed', () => {
  it('names the closest instance and counts the rules', () => {
    const refusals = [
      { instance: 'a', reason: 'AGENT' },
      { instance: 'b', reason: 'RESOURCE:MEMORY' },
    ];
    const { text, reason } = unableToPlace('web', { refusals, refused: { AGENT: 2, 'RESOURCE:MEMORY': 1 } });
    expect(reason).toBe('RESOURCE:MEMORY');
    expect(text).toMatch(
      /closest matching \(container-instance b\) has insufficient memory available\. Container instances rejected: 3 \(AGENT 2, RESOURCE:MEMORY 1\)\./,
    );
    expect(unableToPlace('web', { refusals: [], refused: {} }).text).toContain(
      'Reason: No Container Instances were found in your cluster.',
    );
  });
});
