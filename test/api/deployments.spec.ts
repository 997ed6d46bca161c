import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
  GetTaskProtectionCommand,
  ListServiceDeploymentsCommand,
  RunTaskCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
  UpdateTaskProtectionCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arn, idOf, refusalOf, startTestDeployment, type TestDeployment, WAIT } from '../support/deployment';
import { brokenPromises, readJournal } from '../support/invariants';
import { brokenLimits } from '../support/service-audit';
import { TestServices } from '../support/services';

const HEALTHY_AFTER_MS = 100;
/** The reason in the service's events for failures of tasks with the image fails-to-pull. */
const FAILURE = 'Reason: CannotPullContainerError: the simulated registry does not have this image.';
const CLUSTER = 'deployments';
const HEALTH_CHECK = { healthCheck: { command: ['CMD', 'true'] } };

let deployment: TestDeployment;
let ecs: ECSClient;
let services: TestServices;

beforeAll(async () => {
  deployment = await startTestDeployment({
    STOWAGE_TASK_HEALTHY_AFTER_MS: String(HEALTHY_AFTER_MS),
    STOWAGE_TASK_START_FREE_GENERATIONS: '2',
    STOWAGE_TASK_START_DELAY_MS: '50',
    STOWAGE_TASK_START_DELAY_MAX_MS: '200',
    STOWAGE_PLACEMENT_RETRY_MS: '500',
  });
  ({ ecs } = deployment);
  await deployment.fleet(CLUSTER, { instances: 3, cpu: 1_024, memory: 1_024 });
  services = new TestServices(ecs, CLUSTER);
});
afterAll(() => deployment.close());

/** Every control-plane service has two replicas. The journal shows whether their combined decisions were correct. */
async function audit(): Promise<void> {
  const transactions = await readJournal(deployment.runtime.journal);
  expect(brokenPromises(transactions)).toEqual([]);
  expect(brokenLimits(transactions, HEALTHY_AFTER_MS)).toEqual([]);
}

describe('a rolling deployment by two controllers at once', () => {
  it('replaces every task, keeps the limits at every sequence, and satisfies the waiter of the SDK', async () => {
    await services.define('rolled');
    await services.create('rolled', {
      desiredCount: 8,
      deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 125 },
    });
    await services.steady('rolled');
    const before = (await services.tasks('rolled')).map(({ taskArn }) => taskArn);
    await services.define('rolled');
    await services.update('rolled', { taskDefinition: 'rolled' });
    await waitUntilServicesStable({ client: ecs, ...WAIT }, { cluster: CLUSTER, services: ['rolled'] });
    await services.steady('rolled');
    const after = await services.tasks('rolled');
    expect(after).toHaveLength(8);
    expect(after.map(({ taskArn }) => taskArn).filter((each) => before.includes(each))).toEqual([]);
    expect(new Set(after.map(({ taskDefinitionArn }) => idOf(taskDefinitionArn)))).toEqual(new Set(['rolled:2']));
    expect(after.map(({ group, startedBy }) => [group, startedBy])).toEqual(
      after.map(() => ['service:rolled', expect.stringMatching(/^ecs-svc\/\d{19}$/) as string]),
    );
    const messages = await services.messages('rolled');
    expect(messages[0]).toBe('(service rolled) has reached a steady state.');
    expect(messages[1]).toMatch(/^\(service rolled\) \(deployment ecs-svc\/\d{19}\) deployment completed\.$/);
    expect(messages.filter((each) => / has stopped \d+ running tasks: \(task [0-9a-f]{32}\)/.test(each))).not.toEqual(
      [],
    );
    await audit();
    await services.remove('rolled');
  });

  it('ends with the newest when updates overlap', async () => {
    await services.define('overtaken');
    await services.create('overtaken', { desiredCount: 4 });
    await services.steady('overtaken');
    for (const _ of [2, 3, 4])
      await services.update('overtaken', { taskDefinition: await services.define('overtaken') });
    await services.steady('overtaken');
    const after = await services.tasks('overtaken');
    expect(after.map(({ taskDefinitionArn }) => idOf(taskDefinitionArn))).toEqual(after.map(() => 'overtaken:4'));
    const { serviceDeployments = [] } = await ecs.send(
      new ListServiceDeploymentsCommand({ cluster: CLUSTER, service: 'overtaken' }),
    );
    expect(serviceDeployments.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED', 'STOPPED', 'SUCCESSFUL']);
    await audit();
    await services.remove('overtaken');
  });

  it('can be forced without a change, and is described', async () => {
    await services.define('forced');
    const created = await services.create('forced', { desiredCount: 2 });
    await services.steady('forced');
    const before = (await services.tasks('forced')).map(({ taskArn }) => taskArn);
    const forced = await services.update('forced', { forceNewDeployment: true });
    const [current, old] = [forced.currentServiceDeployment!, created.currentServiceDeployment!];
    expect(current).not.toBe(old);
    await services.steady('forced');
    expect((await services.tasks('forced')).filter(({ taskArn }) => before.includes(taskArn))).toEqual([]);
    const described = await ecs.send(
      new DescribeServiceDeploymentsCommand({
        serviceDeploymentArns: [current, arn(`service-deployment/${CLUSTER}/forced/none`)],
      }),
    );
    expect(described.failures).toEqual([{ arn: arn(`service-deployment/${CLUSTER}/forced/none`), reason: 'MISSING' }]);
    const [own] = described.serviceDeployments!;
    expect(own).toMatchObject({
      serviceDeploymentArn: current,
      serviceArn: arn(`service/${CLUSTER}/forced`),
      status: 'SUCCESSFUL',
      sourceServiceRevisions: [{ requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 }],
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      deploymentCircuitBreaker: { status: 'DISABLED' },
    });
    const revision = own!.targetServiceRevision!.arn!;
    const { serviceRevisions } = await ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] }),
    );
    expect(serviceRevisions).toMatchObject([
      {
        serviceRevisionArn: revision,
        taskDefinition: arn('task-definition/forced:1'),
        launchType: 'EC2',
        containerImages: [{ containerName: 'main', image: 'busybox' }],
      },
    ]);
    await services.remove('forced');
  });

  it('returns to the previous revision when a user stops it', async () => {
    await services.define('regretted');
    await services.create('regretted', { desiredCount: 2 });
    await services.steady('regretted');
    const good = (await services.tasks('regretted')).map(({ taskArn }) => taskArn);
    await services.define('regretted', { image: 'fails-to-pull' });
    const { currentServiceDeployment: stopped } = await services.update('regretted', { taskDefinition: 'regretted' });
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: stopped, stopType: 'ROLLBACK' }));
    const back = await services.steady('regretted');
    expect(back.taskDefinition).toBe(arn('task-definition/regretted:1'));
    expect((await services.tasks('regretted')).map(({ taskArn }) => taskArn).sort()).toEqual([...good].sort());
    const { serviceDeployments: all } = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [stopped!] }),
    );
    expect(all?.[0]).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL', rollback: { reason: 'Stopped by a user.' } });
    const again = ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: stopped }));
    expect(await refusalOf(again)).toMatch(/^ConflictException: /);
    await services.remove('regretted');
  });
});

describe('the circuit breaker', () => {
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

  it('fails a deployment whose tasks never start, and rolls back', async () => {
    await services.define('broken');
    await services.create('broken', { desiredCount: 2, deploymentConfiguration: breaker });
    await services.steady('broken');
    const good = (await services.tasks('broken')).map(({ taskArn }) => taskArn);
    await services.define('broken', { image: 'fails-to-pull' });
    const updated = await services.update('broken', { taskDefinition: 'broken' });
    const failed = updated.deployments![0]!.id!;
    const back = await services.until(
      'broken',
      ({ deployments }) =>
        deployments?.length === 1 && deployments[0]?.id !== failed && deployments[0]?.rolloutState === 'COMPLETED',
    );
    expect(back.taskDefinition).toBe(arn('task-definition/broken:1'));
    expect((await services.tasks('broken')).map(({ taskArn }) => taskArn).sort()).toEqual([...good].sort());
    const messages = await services.messages('broken');
    expect(messages).toContain(
      `(service broken) (deployment ${failed}) deployment failed: tasks failed to start. ${FAILURE}`,
    );
    expect(messages.find((each) => each.includes('rolling back to deployment ecs-svc/'))).toBeDefined();
    const { serviceDeployments = [] } = await ecs.send(
      new ListServiceDeploymentsCommand({ cluster: CLUSTER, service: 'broken', status: ['ROLLBACK_SUCCESSFUL'] }),
    );
    expect(serviceDeployments).toHaveLength(1);
    const described = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeployments[0]!.serviceDeploymentArn!] }),
    );
    expect(described.serviceDeployments?.[0]).toMatchObject({
      deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
      rollback: { reason: `ECS deployment circuit breaker: tasks failed to start. ${FAILURE}` },
    });
    await audit();
    await services.remove('broken');
  });

  it('stops starting tasks if there is no deployment to return to', async () => {
    await services.define('stillborn', { image: 'fails-to-pull' });
    await services.create('stillborn', { desiredCount: 1, deploymentConfiguration: breaker });
    const { deployments } = await services.until(
      'stillborn',
      (service) => service.deployments?.[0]?.rolloutState === 'FAILED',
    );
    expect(deployments).toMatchObject([
      {
        status: 'PRIMARY',
        failedTasks: 3,
        rolloutStateReason: `ECS deployment circuit breaker: tasks failed to start. ${FAILURE}`,
      },
    ]);
    await services.define('stillborn');
    await services.update('stillborn', { taskDefinition: 'stillborn' });
    await services.steady('stillborn');
    await services.remove('stillborn');
  });

  it('counts tasks whose container exits at once', async () => {
    await services.define('exits', { image: 'exits-at-once' });
    await services.create('exits', { desiredCount: 1, deploymentConfiguration: breaker });
    const { deployments } = await services.until(
      'exits',
      (service) => service.deployments?.[0]?.rolloutState === 'FAILED',
    );
    expect(deployments?.[0]).toMatchObject({
      failedTasks: 3,
      rolloutStateReason:
        'ECS deployment circuit breaker: tasks failed to start. ' +
        'Reason: Essential container in task exited: container main exited with code 1.',
    });
    await services.remove('exits');
  });

  it('when disabled, lets the controller delay starts and report the reason', async () => {
    await services.define('throttled', { image: 'fails-to-pull' });
    await services.create('throttled', { desiredCount: 1 });
    await services.until('throttled', ({ events = [] }) =>
      events.some(({ message = '' }) =>
        message.includes(`is unable to consistently start tasks successfully. ${FAILURE}`),
      ),
    );
    await services.remove('throttled');
  });
});

describe('a service replaces', () => {
  it('a task that a user stopped', async () => {
    await services.define('stopped');
    await services.create('stopped', { desiredCount: 2 });
    await services.steady('stopped');
    const [victim] = await services.tasks('stopped');
    await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: victim!.taskArn! }));
    await services.until(
      'stopped',
      ({ events = [] }) => events.filter(({ message = '' }) => message.includes('has started')).length === 2,
    );
    await services.steady('stopped');
    expect((await services.tasks('stopped')).map(({ taskArn }) => taskArn)).not.toContain(victim!.taskArn);
    await services.remove('stopped');
  });

  it('tasks that fail their health check, and reports it', async () => {
    await services.define('ailing', { ...HEALTH_CHECK });
    await services.create('ailing', { desiredCount: 1 });
    await services.steady('ailing');
    await services.define('ailing', { ...HEALTH_CHECK, image: 'is-unhealthy' });
    await services.update('ailing', {
      taskDefinition: 'ailing',
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    const back = await services.until(
      'ailing',
      ({ taskDefinition, deployments }) =>
        taskDefinition === arn('task-definition/ailing:1') && deployments?.length === 1,
    );
    expect(back.runningCount).toBe(1);
    const messages = await services.messages('ailing');
    expect(
      messages.some((each) => /^\(service ailing\) \(task \w+\) failed container health checks\.$/.test(each)),
    ).toBe(true);
    await services.remove('ailing');
  });

  it('the tasks of a draining instance', async () => {
    await services.define('moving');
    await services.create('moving', { desiredCount: 3 });
    await services.steady('moving');
    const host = (await services.tasks('moving'))[0]!.containerInstanceArn!;
    const setState = (status: 'ACTIVE' | 'DRAINING') =>
      ecs.send(new UpdateContainerInstancesStateCommand({ cluster: CLUSTER, containerInstances: [host], status }));
    await setState('DRAINING');
    await services.untilTasks('moving', (tasks) => tasks.every(({ containerInstanceArn: on }) => on !== host));
    await services.steady('moving');
    expect(await services.tasks('moving')).toHaveLength(3);
    await setState('ACTIVE');
    await audit();
    await services.remove('moving');
  });
});

describe('a DAEMON service', () => {
  it('has one task on each instance, also on new ones, and none on draining ones', async () => {
    const cluster = 'daemons';
    const own = new TestServices(ecs, cluster);
    const fleet = await deployment.fleet(cluster, { instances: 3 });
    await own.define('watch');
    await own.create('watch', { schedulingStrategy: 'DAEMON' });
    expect(await own.steady('watch')).toMatchObject({
      desiredCount: 3,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
    });
    await deployment.fleet(cluster, { instances: 2, seed: 2 });
    await own.until('watch', ({ runningCount, desiredCount }) => desiredCount === 5 && runningCount === 5);
    await own.define('watch');
    await own.update('watch', { taskDefinition: 'watch' });
    await own.steady('watch');
    const hosts = (await own.tasks('watch')).map(({ containerInstanceArn }) => containerInstanceArn);
    expect(new Set(hosts).size).toBe(5);
    const [drained] = fleet.instances;
    const state = { cluster, containerInstances: [drained!], status: 'DRAINING' as const };
    await ecs.send(new UpdateContainerInstancesStateCommand(state));
    await own.until('watch', ({ runningCount, desiredCount }) => desiredCount === 4 && runningCount === 4);
    expect(await refusalOf(own.update('watch', { desiredCount: 2 }))).toMatch(/^InvalidParameterException/);
    await audit();
    await own.remove('watch');
  });
});

describe('a task that cannot be placed', () => {
  it('is reported with the rule that rejected it, and placed as soon as there is room', async () => {
    const cluster = 'narrow';
    const own = new TestServices(ecs, cluster);
    await deployment.fleet(cluster, { instances: 1, memory: 64 });
    await own.define('wide', { memory: 48 });
    const occupied = await ecs.send(new RunTaskCommand({ cluster, taskDefinition: 'wide' }));
    await own.create('wide', { desiredCount: 1 });
    const { events } = await own.until('wide', (service) => (service.events ?? []).length > 0);
    expect(events?.[0]?.message).toMatch(
      /^\(service wide\) was unable to place a task because no container instance met all of its requirements\. The closest matching \(container-instance [0-9a-f]{32}\) has insufficient memory available\. The task requires 48 MiB of memory\. Container instances rejected: 1 \(RESOURCE:MEMORY 1\)\. For more information/,
    );
    await ecs.send(new StopTaskCommand({ cluster, task: occupied.tasks![0]!.taskArn! }));
    await own.steady('wide');
    expect((await own.messages('wide')).filter((each) => each.includes('unable to place'))).toHaveLength(1);
    await own.remove('wide');
  });
});

describe('a protected task', () => {
  it('is not chosen when the service scales in or deploys, until its protection ends', async () => {
    await services.define('shielded');
    await services.create('shielded', { desiredCount: 3 });
    await services.steady('shielded');
    const tasks = (await services.tasks('shielded')).map(({ taskArn }) => taskArn!);
    const chosen = tasks.slice(0, 1);
    const set = await ecs.send(
      new UpdateTaskProtectionCommand({
        cluster: CLUSTER,
        tasks: chosen,
        protectionEnabled: true,
        expiresInMinutes: 60,
      }),
    );
    expect(set).toMatchObject({
      protectedTasks: [{ taskArn: chosen[0], protectionEnabled: true, expirationDate: expect.any(Date) as Date }],
      failures: [],
    });
    await services.update('shielded', { desiredCount: 1 });
    await services.steady('shielded');
    expect((await services.tasks('shielded')).map(({ taskArn }) => taskArn)).toEqual(chosen);
    await services.define('shielded');
    await services.update('shielded', { taskDefinition: 'shielded' });
    await services.until(
      'shielded',
      ({ runningCount, deployments }) => runningCount === 2 && deployments?.length === 2,
    );
    const got = await ecs.send(new GetTaskProtectionCommand({ cluster: CLUSTER, tasks: chosen }));
    expect(got.protectedTasks).toMatchObject([{ protectionEnabled: true }]);
    await ecs.send(new UpdateTaskProtectionCommand({ cluster: CLUSTER, tasks: chosen, protectionEnabled: false }));
    await services.steady('shielded');
    expect((await services.tasks('shielded')).map(({ taskArn }) => taskArn)).not.toContain(chosen[0]);
    await audit();
    await services.remove('shielded');
  });

  it('must belong to a service, and the desired count limits their number', async () => {
    await services.define('few');
    await services.create('few', { desiredCount: 1 });
    await services.steady('few');
    const [{ taskArn: own }] = (await services.tasks('few')) as [{ taskArn: string }];
    const [alone] = await deployment.run({ cluster: CLUSTER, taskDefinition: 'few' });
    const nobody = arn(`task/${CLUSTER}/${'f'.repeat(32)}`);
    const set = await ecs.send(
      new UpdateTaskProtectionCommand({
        cluster: CLUSTER,
        tasks: [own, alone!.taskArn!, nobody],
        protectionEnabled: true,
      }),
    );
    expect(set.protectedTasks).toHaveLength(1);
    expect(set.failures).toEqual([
      { arn: alone!.taskArn, reason: 'TASK_NOT_VALID', detail: 'The task does not belong to a service.' },
      { arn: nobody, reason: 'MISSING' },
    ]);
    const got = await ecs.send(
      new GetTaskProtectionCommand({ cluster: CLUSTER, tasks: [own, alone!.taskArn!, nobody] }),
    );
    expect(got.failures).toEqual(set.failures);
    for (const expiresInMinutes of [0, 2_881]) {
      const tasks = [own];
      const wrong = new UpdateTaskProtectionCommand({
        cluster: CLUSTER,
        tasks,
        protectionEnabled: true,
        expiresInMinutes,
      });
      expect(await refusalOf(ecs.send(wrong))).toMatch(/^InvalidParameterException/);
    }
    await services.remove('few');
  });
});
