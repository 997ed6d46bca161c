import { StopTaskCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../support/deployment';
import { makeImage } from '../support/docker';
import { brokenPromises, foldAndPostgres, folded, readJournal, wantedOn } from '../support/invariants';
import { PrivateDocker } from '../support/private-docker';
import { ProcessDeployment, until } from '../support/processes';
import { brokenLimits } from '../support/service-audit';
import { TestServices } from '../support/services';

/** The value that ProcessDeployment sets. */
const HEALTHY_AFTER_MS = 300;
/**
 * Two service controllers always run side by side. Each other app has one replica, so that no other replica takes over.
 */
const REPLICAS = { 'api-gateway': 1, 'cluster-manager': 1, scheduler: 1, 'service-controller': 2 };
const SERVICE = 'survivor';
const IMAGE = 'stowage-survivor:1';
const COUNT = 3;
const PAUSE_MS = 200;
const STEADY_MS = 60_000;
const TIMEOUT_MS = 90_000;

let daemon: PrivateDocker;
let deployment: ProcessDeployment;
let services: TestServices;
let ecs: ECSClient;

beforeAll(async () => {
  daemon = await PrivateDocker.create();
  await daemon.start();
  await makeImage(daemon.client, IMAGE);
  deployment = await ProcessDeployment.start({ replicas: REPLICAS, dockerSocket: daemon.socketPath });
  [ecs] = deployment.clients(20) as [ECSClient];
  services = new TestServices(ecs, 'default');
  await define();
  await services.create(SERVICE, { desiredCount: COUNT });
  await services.steady(SERVICE, STEADY_MS);
}, 240_000);
afterAll(async () => {
  await deployment.close();
  await daemon.destroy();
});
beforeEach(async () => {
  await services.steady(SERVICE, STEADY_MS);
}, TIMEOUT_MS);

/**
 * Defines a revision whose containers stop as soon as they receive SIGTERM. The test's own Docker gives them no
 * network.
 */
const define = (): Promise<string> =>
  services.define(
    SERVICE,
    { image: IMAGE, memory: 8, command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'] },
    { networkMode: 'none' },
  );

/** Starts a deployment, and resolves in the middle of it: when some of its tasks are placed. */
async function beginDeployment(): Promise<string> {
  const definition = await define();
  await services.update(SERVICE, { taskDefinition: definition });
  await services.until(SERVICE, ({ deployments }) => {
    const [primary] = deployments ?? [];
    return (primary?.pendingCount ?? 0) + (primary?.runningCount ?? 0) > 0;
  });
  return definition;
}

/**
 * Checks that the deployment ended correctly, that no invariant or limit was broken, and that Docker runs the tasks of
 * the state.
 */
async function expectRightEnd(definition: string): Promise<void> {
  const { taskDefinition, runningCount } = await services.steady(SERVICE, STEADY_MS);
  expect([taskDefinition, runningCount]).toEqual([definition, COUNT]);
  const journal = await readJournal(deployment.runtime.journal);
  expect(brokenPromises(journal)).toEqual([]);
  expect(brokenLimits(journal, HEALTHY_AFTER_MS)).toEqual([]);
  const wanted = [...wantedOn(folded(journal), deployment.agent.instance)].sort();
  expect(wanted).toHaveLength(COUNT);
  await until(() => Promise.resolve([...deployment.containersByTask().keys()].sort().join() === wanted.join()));
}

describe('a service continues', () => {
  it('when a container is killed, with another task in its place', { timeout: TIMEOUT_MS }, async () => {
    const [task] = await services.tasks(SERVICE);
    const [container] = deployment.containersByTask().get(idOf(task?.taskArn)) ?? [];
    await daemon.client.getContainer(container ?? '').kill();
    await services.untilTasks(SERVICE, (tasks) => tasks.every(({ taskArn }) => taskArn !== task?.taskArn));
    await expectRightEnd(task?.taskDefinitionArn ?? '');
  });

  it.each([
    ['the agent', ['agent']],
    ['every service controller', ['service-controller-1', 'service-controller-2']],
    ['the scheduler', ['scheduler-1']],
    ['the cluster manager', ['cluster-manager-1']],
    ['NATS', ['nats']],
    ['Postgres', ['postgres']],
  ])('when %s is killed in the middle of a deployment', { timeout: TIMEOUT_MS }, async (_what, names) => {
    const definition = await beginDeployment();
    await Promise.all(names.map((name) => deployment.killAndRestart(name, PAUSE_MS)));
    await expectRightEnd(definition);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'when Docker is restarted with %s in the middle of a deployment',
    { timeout: TIMEOUT_MS },
    async (signal) => {
      const definition = await beginDeployment();
      await daemon.stop(signal);
      await daemon.start();
      await expectRightEnd(definition);
    },
  );

  it('while Postgres is away, and replaces tasks that clients cannot see yet', { timeout: TIMEOUT_MS }, async () => {
    const [task] = await services.tasks(SERVICE);
    await deployment.postgres.halt('SIGKILL');
    await ecs.send(new StopTaskCommand({ task: task?.taskArn }));
    const replaced = (): boolean => {
      const running = [...deployment.containersByTask().keys()];
      return running.length === COUNT && !running.includes(idOf(task?.taskArn));
    };
    await until(() => Promise.resolve(replaced()));
    await deployment.postgres.resume();
    await expectRightEnd(task?.taskDefinitionArn ?? '');
    const journal = await readJournal(deployment.runtime.journal);
    const { fold, postgres } = await foldAndPostgres(journal, deployment.databaseUrl);
    expect(postgres).toEqual(fold);
  });
});
