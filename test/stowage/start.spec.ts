import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { statSync } from 'node:fs';
import { CreateClusterCommand, ListClustersCommand } from '@aws-sdk/client-ecs';
import { CreateLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBalancerBlock } from '../../apps/stowage/src/core/load-balancer-block';
import { ownProcesses } from '../../apps/stowage/src/shell/own-processes';
import { TestStowage } from '../support/stowage';
import { elbClient } from '../support/web-service';

let stowage: TestStowage;

beforeAll(async () => {
  stowage = await TestStowage.at();
  await stowage.start();
});

afterAll(() => stowage.reset());

const names = (): readonly string[] =>
  ownProcesses(stowage.data)
    .map(({ name }) => name)
    .sort();

describe('npm start', () => {
  it('runs NATS, Postgres, the control plane and an agent, each as one process', () => {
    expect(names()).toEqual(['agent-1', 'control-plane', 'nats', 'postgres']);
  });

  it('writes the settings of clients to a file that only its owner can read', () => {
    expect(statSync(stowage.env).mode & 0o777).toBe(0o600);
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...others } = stowage.variables();
    expect(others).toEqual({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${String(stowage.port)}`,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_REGION: 'us-east-1',
    });
    expect(id).toMatch(/^[A-Z2-7]{20}$/);
    expect(secret).toMatch(/^[\w-]{40}$/);
  });

  it('serves an unmodified SDK with these settings', async () => {
    await stowage.ecs().send(new CreateClusterCommand({ clusterName: 'kept' }));
    const { clusterArns } = await stowage.ecs().send(new ListClustersCommand({}));
    expect(clusterArns).toContainEqual(expect.stringMatching(/:cluster\/kept$/));
  });

  it('writes the same settings as a profile of the AWS configuration files, which an unmodified SDK reads', () => {
    expect(statSync(stowage.awsConfig).mode & 0o777).toBe(0o600);
    const script = `
      const { ECSClient, ListClustersCommand } = require('@aws-sdk/client-ecs');
      new ECSClient({}).send(new ListClustersCommand({})).then(({ clusterArns }) => console.log(clusterArns.join()));`;
    const output = execFileSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      // Nothing else from the user: no variables, and no files below the home folder.
      env: { AWS_CONFIG_FILE: stowage.awsConfig, AWS_PROFILE: 'stowage', HOME: stowage.data },
    });
    expect(output).toMatch(/:cluster\/kept/);
  });

  it('gives load balancers addresses that no other Stowage of this machine uses', async () => {
    const { LoadBalancers } = await elbClient(stowage).send(
      new CreateLoadBalancerCommand({ Name: 'first', Subnets: ['subnet-1', 'subnet-2'] }),
    );
    const [network = ''] = loadBalancerBlock(stowage.port).split('/');
    const last = Number(network.split('.').at(-1));
    expect(LoadBalancers?.[0]?.DNSName).toBe(network.replace(/\d+$/, String(last + 1)));
  });

  it('is rejected in one sentence on data that another Stowage uses, which continues to run', async () => {
    const { code, stderr, stdout } = await stowage.attempt();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      new RegExp(`already runs on ${stowage.data} as process ${String(stowage.pid)}: stop it first`),
    );
    expect(stdout).toBe('');
    await stowage.ecs().send(new ListClustersCommand({}));
  });

  it('ends in order on SIGINT, with no process left', async () => {
    const { code } = await stowage.end('SIGINT');
    expect(code).toBe(0);
    expect(names()).toEqual([]);
  });

  it('finds everything again, with the same access key', async () => {
    const before = stowage.variables();
    await stowage.start();
    expect(stowage.variables()).toEqual(before);
    const { clusterArns } = await stowage.ecs().send(new ListClustersCommand({}));
    expect(clusterArns).toContainEqual(expect.stringMatching(/:cluster\/kept$/));
  });
});

describe('npm start with a port that is in use', () => {
  let other: TestStowage;
  let taker: Server;

  beforeAll(async () => {
    other = await TestStowage.at();
    taker = createServer();
  });

  afterAll(() => {
    taker.close();
    other.reset();
  });

  it.each([
    [0, 'the API'],
    [1, 'NATS'],
    [2, 'Postgres'],
  ])('reports it in one sentence and starts nothing (port + %i)', async (offset, purpose) => {
    const port = other.port + offset;
    await new Promise<void>((listening) => taker.listen(port, '127.0.0.1', listening));
    const { code, stderr } = await other.attempt();
    await new Promise((closed) => taker.close(closed));
    expect(code).not.toBe(0);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `The port ${String(port)} on 127.0.0.1 for ${purpose} is taken: choose another with --port.`,
    );
    expect(ownProcesses(other.data)).toEqual([]);
  });
});
