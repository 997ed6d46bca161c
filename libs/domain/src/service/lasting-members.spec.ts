import { describe, expect, it } from 'vitest';
import { clusterName } from '../ids';
import { seededRandom } from '../seeded-random';
import { failDeployment } from './fail-deployment';
import { evolveService } from './records/evolve-service';
import { type Deployment, NO_LAUNCH_FAILURES, primaryOf, type Service, type ServiceRevision } from './records/service';

const CLUSTER = clusterName('sea');

const revision = (number: number): ServiceRevision => ({
  id: String(number),
  taskDefinition: { family: 'web', revision: number },
  launchType: 'EC2',
  loadBalancers: [
    {
      targetGroupArn: `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web-${String(number)}/0123456789abcdef`,
      containerName: 'web',
      containerPort: 80,
    },
  ],
  createdAt: number,
});

const deployment = (number: number, status: Deployment['status']): Deployment => ({
  id: `ecs-svc/${String(number)}`,
  status,
  revision: revision(number),
  serviceDeployment: `d${String(number)}`,
  rolloutState: 'IN_PROGRESS',
  rolloutStateReason: '',
  pendingCount: 0,
  runningCount: 0,
  wantedCount: 0,
  failedTasks: 3,
  hasStarted: true,
  launches: NO_LAUNCH_FAILURES,
  createdAt: 1,
  updatedAt: 1,
});

const service: Service = {
  cluster: CLUSTER,
  name: 'web',
  status: 'DRAINING',
  schedulingStrategy: 'REPLICA',
  desiredCount: 0,
  tags: [{ key: 'team', value: 'sea' }],
  createdAt: 1,
  createdBy: 'arn:aws:iam::123456789012:root',
  deployments: [deployment(2, 'PRIMARY')],
  lastCompleted: revision(1),
  lastSent: {},
  events: [],
  deploymentConfiguration: {
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deploymentCircuitBreaker: { enable: true, rollback: true },
  },
  placementConstraints: [],
  placementStrategy: [],
  availabilityZoneRebalancing: 'DISABLED',
  enableECSManagedTags: false,
  propagateTags: 'NONE',
};

describe('a deleted service', () => {
  it('keeps the definition, launch type and load balancers of its last deployment, and loses its tags', () => {
    const event = { type: 'ServiceDeleted', version: 1, cluster: CLUSTER, service: 'web' } as const;
    const deleted = evolveService(
      { ...service, deployments: [...service.deployments, deployment(1, 'ACTIVE')] },
      event,
      2,
    );
    expect(deleted).toEqual({ ...service, status: 'INACTIVE', tags: [] });
  });
});

describe('a rollback', () => {
  it('restores all of the last completed revision, even if none of its tasks is left', () => {
    const failed = service.deployments[0]!;
    const events = failDeployment(service, { failed, reason: 'circuit-breaker', random: seededRandom(1) });
    const after = events.reduce<Service | undefined>((before, event) => evolveService(before, event, 1), service);
    expect(primaryOf(after!)?.revision).toEqual(revision(1));
  });
});
