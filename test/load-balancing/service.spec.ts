import { DeleteServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { until } from '../support/data-plane';
import { Load } from '../support/load';
import { TestStowage } from '../support/stowage';
import { busyboxImage } from '../support/tasks';
import { WebService } from '../support/web-service';

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

  it('replaces a task whose target is unhealthy, and says why', { timeout: 240_000 }, async () => {
    await web.update({
      taskDefinition: await web.define('sick', 'broken'),
      desiredCount: 1,
    });
    await until(
      'it was said',
      async () =>
        (await web.messages()).some((text) =>
          text.includes('due to (reason Health checks failed with these codes: [404])'),
        ),
      90_000,
    );
    await web.update({ taskDefinition: 'web:1' });
    await web.stable();
  });

  it('is gone after its deletion, and what was under way was answered', { timeout: 120_000 }, async () => {
    const slow = Load.start({ ...web.place, perSecond: 5, keepAlive: true, path: () => '/cgi-bin/at?2' });
    await until('some are under way', () => slow.sent > 3);
    await web.ecs.send(new DeleteServiceCommand({ service: 'web', force: true }));
    await until('it is INACTIVE', async () => (await web.now()).status === 'INACTIVE', 60_000);
    await slow.stop();
    // Once there is no target, that is the answer; nothing is cut.
    expect(slow.failures.filter(({ what }) => what !== 'status 503')).toEqual([]);
    expect(await web.healthStates()).toEqual([]);
  });
});
