import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/waits';
import { freePort } from '../support/free-port';
import { TestStowage } from '../support/stowage';
import { busyboxImage } from '../support/tasks';
import { findTerraform, Terraform } from '../support/terraform';
import { elbClient } from '../support/web-service';

const terraform = findTerraform();
const absent = 'absent' in terraform ? terraform.absent : undefined;
if (absent !== undefined) process.stderr.write(`The tests with Terraform are skipped: ${absent}.\n`);

/** The provider waits half a minute for each load balancer, regardless of its state. */
const STEP_MS = 300_000;

describe.skipIf(absent !== undefined)('Terraform with the AWS provider, unchanged,', () => {
  let stowage: TestStowage;
  let ecs: ECSClient;
  let elb: ElasticLoadBalancingV2Client;
  const configurations: Terraform[] = [];
  let stack: Terraform;
  let image: string;
  let ports: { readonly http_port: number; readonly tcp_port: number };

  beforeAll(async () => {
    image = await busyboxImage();
    stowage = await TestStowage.at();
    await stowage.start();
    [ecs, elb] = [stowage.ecs(), elbClient(stowage)];
    ports = { http_port: await freePort(), tcp_port: await freePort() };
    stack = configuration('stack', stowage.variables());
  }, 180_000);
  afterAll(() => {
    for (const each of configurations) each.remove();
    stowage.reset();
  }, 60_000);

  function configuration(folder: string, environment: Readonly<Record<string, string>>): Terraform {
    const plugins = 'plugins' in terraform ? terraform.plugins : '';
    const made = new Terraform(join(__dirname, folder), plugins, environment);
    configurations.push(made);
    return made;
  }

  type Wanted = Readonly<Record<string, string | number>>;
  const first = (): Wanted => ({ image, ...ports, message: 'first', desired_count: 1 });
  const second = (): Wanted => ({ image, ...ports, message: 'second', desired_count: 2 });

  async function answers(name: 'terraform-http' | 'terraform-tcp', path: string, host?: string): Promise<string> {
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({ Names: [name] }));
    const port = name === 'terraform-http' ? ports.http_port : ports.tcp_port;
    const options = { host: LoadBalancers[0]?.DNSName, port, path, agent: false, headers: host ? { host } : {} };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(options, resolve).once('error', reject);
    });
    let body = '';
    for await (const chunk of answer.setEncoding('utf8')) body += String(chunk);
    return `${String(answer.statusCode)} ${answer.headers.location ?? body.trim()}`;
  }

  /** Exit codes of the tasks that were run with overrides. */
  async function exitCodes(): Promise<readonly (number | undefined)[]> {
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ startedBy: 'terraform', desiredStatus: 'STOPPED' }),
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: taskArns }));
    return tasks.map(({ containers }) => containers?.[0]?.exitCode);
  }

  it('applies clusters, task definitions, load balancers and services', { timeout: STEP_MS }, async () => {
    expect((await stack.init()).text).toContain('Terraform has been successfully initialized');
    const { code, text } = await stack.apply(first());
    expect(text).toContain('Apply complete!');
    expect(code).toBe(0);
    expect(text).toContain('account = "123456789012"');
    expect(await answers('terraform-http', '/')).toBe('200 first');
    expect(await answers('terraform-tcp', '/')).toBe('200 first');
    expect(await answers('terraform-http', '/also-fixed')).toBe('200 fixed first');
    const moved = await answers('terraform-http', '/?moved=yes', 'a.old.example.com');
    expect(moved).toBe(`302 http://a.old.example.com:${String(ports.http_port)}/fixed?moved=yes`);
    await until('the task exited with the code of its overrides', async () => (await exitCodes()).includes(7), 30_000);
    expect(new Set(await exitCodes())).toEqual(new Set([7]));
  });

  it('then plans nothing', { timeout: STEP_MS }, async () => {
    const { code, text } = await stack.plan(first());
    expect(text).toContain('No changes.');
    expect(code).toBe(0);
  });

  it('changes what there is, and again plans nothing', { timeout: STEP_MS }, async () => {
    const { code, text } = await stack.apply(second());
    expect(text).toContain('Apply complete!');
    expect(code).toBe(0);
    expect(await answers('terraform-http', '/')).toBe('200 second');
    expect(await answers('terraform-tcp', '/')).toBe('200 second');
    expect(await answers('terraform-http', '/fixed')).toBe('200 fixed second');
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ services: ['terraform-http'] }));
    expect(services).toMatchObject([{ desiredCount: 2, runningCount: 2, deployments: [{ status: 'PRIMARY' }] }]);
    const planned = await stack.plan(second());
    expect(planned.text).toContain('No changes.');
    expect(planned.code).toBe(0);
  });

  it('destroys all of it', { timeout: STEP_MS }, async () => {
    const { code, text } = await stack.destroy(second());
    expect(text).toContain('Destroy complete!');
    expect(code).toBe(0);
    const { serviceArns } = await ecs.send(new ListServicesCommand({}));
    const { taskDefinitionArns } = await ecs.send(new ListTaskDefinitionsCommand({ status: 'ACTIVE' }));
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: ['terraform'] }));
    const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({}));
    const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({}));
    expect({ serviceArns, taskDefinitionArns, LoadBalancers, TargetGroups }).toEqual({
      serviceArns: [],
      taskDefinitionArns: [],
      LoadBalancers: [],
      TargetGroups: [],
    });
    expect(clusters).toMatchObject([{ status: 'INACTIVE' }]);
  });

  it('reports which AWS service or operation is absent', { timeout: STEP_MS }, async () => {
    const profile = { AWS_CONFIG_FILE: stowage.awsConfig, AWS_PROFILE: 'stowage' };
    const absentParts = configuration('absent', profile);
    await absentParts.init();
    const { code, text } = await absentParts.apply({});
    expect(code).toBe(1);
    expect(text).toContain("Stowage does not provide the AWS service 'logs'.");
    expect(text).toContain("Stowage does not provide the AWS service 'ec2'.");
    expect(text).toContain('Stowage does not implement ecs:CreateTaskSet.');
  });
});
