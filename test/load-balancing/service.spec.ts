import {
  type ContainerDefinition,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageName } from '../../apps/stowage/src/demo/images';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { until } from '../support/waits';
import { Load } from '../support/load';
import { TestStowage } from '../support/stowage';
import { busyboxImage } from '../support/tasks';
import { healthStatesOf, listening, SCRIPT, stable, WebService } from '../support/web-service';

let stowage: TestStowage;
let web: WebService;

beforeAll(async () => {
  await busyboxImage();
  stowage = await TestStowage.at();
  await stowage.start();
  web = await WebService.create(stowage, 'web', 2);
}, 180_000);

afterAll(() => stowage.reset());

const loads = (): readonly Load[] =>
  [true, false].map((keepAlive) =>
    Load.start({
      ...web.place,
      perSecond: 10,
      keepAlive,
      path: () => `/cgi-bin/at?${(Math.random() * 0.5).toFixed(2)}`,
    }),
  );

async function nothingLost(running: readonly Load[]): Promise<void> {
  for (const load of running) {
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.sent).toBeGreaterThan(0);
  }
}

describe('a service behind a load balancer, under load,', () => {
  it('loses no request to a new version, to scaling out and in, and to a rollback', { timeout: 240_000 }, async () => {
    const [v1, v2] = ['web:1', await web.define('v2')];
    const running = loads();
    await web.update({ taskDefinition: v2 });
    await web.stable();
    await web.update({ desiredCount: 4 });
    await web.stable();
    await web.update({ desiredCount: 1 });
    await web.stable();
    await web.update({ taskDefinition: v1 });
    await web.stable();
    expect([...new Set(running.flatMap(({ answers }) => [...answers.keys()]))].sort()).toEqual(['v1', 'v2']);
    await nothingLost(running);
    await until('one target is left', async () => (await web.healthStates()).join() === 'healthy');
    const messages = await web.messages();
    const group = `in (target-group ${web.place.targetGroup})`;
    expect(messages.some((text) => /registered \d targets/.test(text) && text.endsWith(group))).toBe(true);
    expect(messages.some((text) => /has begun draining connections on \d tasks/.test(text))).toBe(true);
    expect(messages.some((text) => text.includes('deregistered'))).toBe(true);
  });

  it('loses none when the control plane is killed in the middle of it', { timeout: 240_000 }, async () => {
    const running = loads();
    const killed = ownProcesses(stowage.data).find(({ name }) => name === 'control-plane');
    await web.update({ taskDefinition: await web.define('v3') });
    await until('the new version is registered', async () => (await web.healthStates()).length > 1, 60_000);
    process.kill(killed!.pid, 'SIGKILL');
    await web.stable();
    await nothingLost(running);
    expect(running.flatMap(({ answers }) => [...answers.keys()])).toContain('v3');
  });

  it('replaces a task whose target is unhealthy, and reports the reason', { timeout: 240_000 }, async () => {
    await web.update({
      taskDefinition: await web.define('sick', 'broken'),
      desiredCount: 1,
    });
    await until(
      'the service event was written',
      async () =>
        (await web.messages()).some((text) =>
          text.includes('due to (reason Health checks failed with these codes: [404])'),
        ),
      90_000,
    );
    await web.update({ taskDefinition: 'web:1' });
    await web.stable();
  });

  it('answers the requests in flight when it is deleted', { timeout: 120_000 }, async () => {
    const slow = Load.start({ ...web.place, perSecond: 5, keepAlive: true, path: () => '/cgi-bin/at?2' });
    await until('some requests are in flight', () => slow.sent > 3);
    await web.ecs.send(new DeleteServiceCommand({ service: 'web', force: true }));
    await until('it is INACTIVE', async () => (await web.now()).status === 'INACTIVE', 60_000);
    await slow.stop();
    // Without a target, HAProxy answers 503; it closes no connection early.
    expect(slow.failures.filter(({ what }) => what !== 'status 503')).toEqual([]);
    expect(await web.healthStates()).toEqual([]);
  });
});

describe('a service with several target groups', () => {
  /** Opens the first port at once, and the second after `secondAfter` seconds. */
  const container = (version: string, secondAfter: number): ContainerDefinition => ({
    ...{ name: 'pair', image: imageName('busybox'), memory: 64, stopTimeout: 2 },
    command: ['sh', '-c', `(sleep ${String(secondAfter)}; exec httpd -f -p 81 -h /www) & ${SCRIPT(version)}`],
    portMappings: [{ containerPort: 80 }, { containerPort: 81 }],
  });

  it('is new everywhere before it is gone anywhere', { timeout: 240_000 }, async () => {
    const { ecs, elb } = web;
    const front = await listening(elb, 'pair-front', { path: '/cgi-bin/at' });
    const back = await listening(elb, 'pair-back', { path: '/cgi-bin/at', type: 'network' });
    const define = (version: string, secondAfter: number): Promise<unknown> =>
      ecs.send(
        new RegisterTaskDefinitionCommand({ family: 'pair', containerDefinitions: [container(version, secondAfter)] }),
      );
    const pair = (): Promise<Service | undefined> =>
      ecs.send(new DescribeServicesCommand({ services: ['pair'] })).then(({ services }) => services?.[0]);
    await define('v1', 1);
    await ecs.send(
      new CreateServiceCommand({
        ...{ serviceName: 'pair', taskDefinition: 'pair', desiredCount: 1, healthCheckGracePeriodSeconds: 30 },
        loadBalancers: [
          { targetGroupArn: front.targetGroup, containerName: 'pair', containerPort: 80 },
          { targetGroupArn: back.targetGroup, containerName: 'pair', containerPort: 81 },
        ],
      }),
    );
    await stable('pair', pair);
    // A connection that is kept stays with its target behind a network load balancer.
    const running = [front, back].map((place) =>
      Load.start({ ...place, perSecond: 10, keepAlive: false, path: () => '/cgi-bin/at' }),
    );
    await define('v2', 4);
    await ecs.send(new UpdateServiceCommand({ service: 'pair', taskDefinition: 'pair' }));
    await stable('pair', pair);
    for (const place of [front, back]) {
      await until('one target is left', async () => (await healthStatesOf(elb, place)).join() === 'healthy');
    }
    for (const { answers } of running) await until('the new version answers', () => answers.has('v2'));
    await nothingLost(running);
    const messages = ((await pair())?.events ?? []).map(({ message = '' }) => message);
    for (const { targetGroup } of [front, back]) {
      const changes = messages.filter((text) => text.endsWith(`in (target-group ${targetGroup})`));
      expect(changes.filter((text) => / registered 1 targets /.test(text))).toHaveLength(2);
      expect(changes.filter((text) => text.includes('deregistered 1 targets'))).toHaveLength(1);
    }
    await ecs.send(new DeleteServiceCommand({ service: 'pair', force: true }));
  });
});
