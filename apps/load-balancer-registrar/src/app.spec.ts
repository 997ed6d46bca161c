import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Elbv2, Refusal } from '@stowage/domain';
import { OwnersClient, refusalFrom, type RunningApp, type Runtime } from '@stowage/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRuntime, testRuntime } from '../../../test/support/runtime';
import { startLoadBalancerRegistrar } from './app';
import { RegistrarConfig } from './config';

const TIMEOUT_MS = 10_000;

describe('the load-balancer registrar', () => {
  let runtime: TestRuntime;
  let directory: string;
  const running: RunningApp[] = [];

  beforeAll(async () => {
    runtime = await testRuntime();
    directory = mkdtempSync(join(tmpdir(), 'stowage-certificates-'));
    const start = async (on: Runtime): Promise<void> => {
      const config = Object.assign(new RegistrarConfig(), { certificatesDir: directory });
      running.push(await startLoadBalancerRegistrar(on, config));
    };
    await start(runtime);
    await start(await runtime.another());
  });

  afterAll(async () => {
    for (const app of running) await app.close();
    await runtime.close();
    rmSync(directory, { recursive: true });
  });

  /** Sends the operation over NATS, as the gateway does; one of the two replicas answers. */
  async function ask<Output>(operation: string, input: object): Promise<Output> {
    const caller = { principal: 'arn:aws:iam::123456789012:user/ann', requestId: operation };
    const atLeast = await runtime.journal.lastSequence();
    const request = { operation, input, caller, atLeast, receivedAt: runtime.now() };
    const owners = new OwnersClient(runtime.nats);
    const reply = await owners.requestOperation<Output>('load-balancer-registrar', request, TIMEOUT_MS);
    if (reply.ok) return reply.output;
    throw refusalFrom(reply.refusal);
  }

  const create = (Name: string): Promise<Elbv2.CreateLoadBalancerOutput> => ask('CreateLoadBalancer', { Name });

  it('gives load balancers that two replicas create at the same time different addresses', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `front-${String(at)}`);
    const all = await Promise.all(names.map(create));
    expect(new Set(all.map(({ LoadBalancers }) => LoadBalancers?.[0]?.DNSName)).size).toBe(names.length);
  });

  it('deletes a group or uses it, whichever comes first, and never both', async () => {
    const { LoadBalancers } = await create('racing');
    for (let at = 0; at < 8; at += 1) {
      const group = { Name: `raced-${String(at)}`, Protocol: 'HTTP', Port: 80 };
      const { TargetGroups } = await ask<Elbv2.CreateTargetGroupOutput>('CreateTargetGroup', group);
      const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
      const listener = {
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        Protocol: 'HTTP',
        Port: 8_000 + at,
        DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      };
      const outcomes = await Promise.allSettled([
        ask('DeleteTargetGroup', { TargetGroupArn }),
        ask('CreateListener', listener),
      ]);
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(refused).toHaveLength(1);
      expect(refused[0]).toBeInstanceOf(Refusal);
    }
  });

  it('finds a certificate as soon as its file exists', async () => {
    const { LoadBalancers } = await create('secure');
    const CertificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/late';
    const input = {
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn }],
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } }],
    };
    await expect(ask('CreateListener', input)).rejects.toMatchObject({ code: 'CertificateNotFoundException' });
    writeFileSync(join(directory, 'late.pem'), '');
    const { Listeners } = await ask<Elbv2.CreateListenerOutput>('CreateListener', input);
    expect(Listeners?.[0]?.Certificates).toEqual([{ CertificateArn }]);
  });
});
