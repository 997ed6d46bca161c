import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type ECSClient, ListServicesCommand, ListTaskDefinitionsCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { START_TIMEOUT_MS, TestStowage } from '../support/stowage';
import { elbClient } from '../support/web-service';

const BIN = resolve(__dirname, '../../apps/stowage/bin/stowage.js');

let stowage: TestStowage;
let ecs: ECSClient;

beforeAll(async () => {
  stowage = await TestStowage.at();
  await stowage.start();
  ecs = stowage.ecs();
}, START_TIMEOUT_MS);

afterAll(() => stowage.reset());

/**
 * Resolves with the output and the exit code of the demonstration, which receives Ctrl-C once its output contains
 * `until`.
 */
async function demonstrate(until?: string): Promise<{ readonly code: number; readonly text: string }> {
  const demo = spawn(process.execPath, [BIN, '--data', stowage.data, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let isInterrupted = false;
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (isInterrupted || until === undefined || !text.includes(until)) return;
      isInterrupted = true;
      demo.kill('SIGINT');
    });
  }
  const [code] = (await once(demo, 'close')) as [number];
  return { code, text };
}

/** Everything that a demonstration may leave behind. */
async function leftovers(): Promise<readonly (string | undefined)[]> {
  const elb = elbClient(stowage);
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({}));
  const { serviceArns = [] } = await ecs.send(new ListServicesCommand({}));
  const families = await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'demo-service' }));
  const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  return [
    ...[...taskArns, ...serviceArns, ...(families.taskDefinitionArns ?? [])],
    ...LoadBalancers.map(({ LoadBalancerArn }) => LoadBalancerArn),
    ...TargetGroups.map(({ TargetGroupArn }) => TargetGroupArn),
  ];
}

describe('npm run demo', { timeout: 600_000 }, () => {
  it('removes a task that it started when Ctrl-C ends it', async () => {
    const { code, text } = await demonstrate('The sidecar changes the page');
    expect(text).toContain('The demonstration was stopped by SIGINT.');
    expect(code).toBe(1);
    expect(await leftovers()).toEqual([]);
  });

  it('removes its service, load balancer and target group when Ctrl-C ends it', async () => {
    const { code, text } = await demonstrate('Scale to 6');
    expect(text).toContain('The demonstration was stopped by SIGINT.');
    expect(code).toBe(1);
    expect(await leftovers()).toEqual([]);
  });

  it('runs to its end after interrupted demonstrations, and reports failed requests with their step', async () => {
    const { code, text } = await demonstrate();
    expect(text).toMatch(/rolling back to deployment .+\n.+ from version 2/);
    expect(text).toMatch(/3 tasks are running again\./);
    const [, failed = '', lines = ''] = /(\d+) of \d+ requests failed\.\n((?: {3}.+\n)*)/.exec(text) ?? [];
    const inSteps = [...lines.matchAll(/^ {3}(\d+) failed in step \d+ \(.+\): .+$/gm)].map(([, count]) =>
      Number(count),
    );
    expect(inSteps.reduce((sum, count) => sum + count, 0)).toBe(Number(failed));
    expect(code, text).toBe(0);
    expect(await leftovers()).toEqual([]);
  });
});
