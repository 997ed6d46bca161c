import { createSecureServer, createServer, type Http2Server } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TargetGroupCreated } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../../../../test/support/ask';
import { DataPlaneHarness, selfSigned } from '../../../../../test/support/data-plane';
import { grpcName, GrpcTarget, HEALTH } from '../../../../../test/support/grpc-target';
import { until } from '../../../../../test/support/waits';
import { forwardTo } from '../../../../../libs/domain/src/testing/load-balancing-events';

let harness: DataPlaneHarness;
let pem: string;
beforeAll(async () => {
  harness = await DataPlaneHarness.start();
  mkdirSync(harness.config.certificatesDir, { recursive: true });
  pem = selfSigned('web.test', harness.directory);
  writeFileSync(join(harness.config.certificatesDir, 'web.pem'), pem);
});
afterAll(() => harness.stop());

const certificates = ['arn:aws:acm:us-east-1:123456789012:certificate/web'];
const CHECK = {
  port: 'traffic-port',
  intervalSeconds: 0.2,
  timeoutSeconds: 2,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
} as const;

/** Target group behind a listener that offers HTTP/2. */
async function serve(name: string, changes: Partial<TargetGroupCreated>): Promise<number> {
  await harness.group(name, changes);
  return harness.listen(name, { settings: { protocol: 'HTTPS', certificates, defaultAction: forwardTo(name) } });
}

describe.each(['HTTP', 'HTTPS'] as const)('targets of %s', (protocol) => {
  it('with gRPC get calls while they answer health checks with a wanted status', async () => {
    const [one, two] = [await startedGrpc('one', protocol), await startedGrpc('two', protocol)];
    const name = `grpc-${protocol.toLowerCase()}`;
    const healthCheck = { ...CHECK, protocol, path: HEALTH, matcher: { grpcCode: '0,10-12' } };
    const port = await serve(name, { protocol, protocolVersion: 'GRPC', healthCheck });
    await harness.register(name, [one, two]);
    await harness.healthy(name, [one, two]);
    const names = async (): Promise<ReadonlySet<string | number>> =>
      new Set(await Promise.all(Array.from({ length: 8 }, () => grpcName(port, { trust: pem }))));
    expect(await names()).toEqual(new Set(['one', 'two']));
    expect(await grpcName(port, { trust: pem, fails: true })).toBe(status.FAILED_PRECONDITION);
    two.health = status.INTERNAL;
    await until('its status was reported', () => harness.target(name, two)?.health.state === 'unhealthy');
    expect(harness.target(name, two)?.health.reason).toBe('Target.FailedHealthChecks');
    expect(await names()).toEqual(new Set(['one']));
    two.health = status.OUT_OF_RANGE;
    await harness.healthy(name, [two]);
    one.stop();
    two.stop();
  });

  it('with HTTP/2 get checks and requests as HTTP/2', async () => {
    const server = await startedHttp2(protocol);
    const target = { port: (server.address() as AddressInfo).port };
    const name = `http2-${protocol.toLowerCase()}`;
    const healthCheck = { ...CHECK, protocol, path: '/health', matcher: { httpCode: '204' } };
    await harness.group(name, { protocol, protocolVersion: 'HTTP2', healthCheck });
    const port = await harness.listen(name, { settings: { defaultAction: forwardTo(name) } });
    await harness.register(name, [target]);
    await harness.healthy(name, [target]);
    expect(await ask(port, '/at?a=b')).toMatchObject({ status: 200, body: '2.0 /at?a=b' });
    server.close();
  });
});

it('that do not implement the call of gRPC health checks are healthy by default', async () => {
  const target = await startedGrpc('plain', 'HTTP');
  const healthCheck = {
    ...CHECK,
    protocol: 'HTTP',
    path: '/AWS.ALB/healthcheck',
    matcher: { grpcCode: '12' },
  } as const;
  await harness.group('grpc-default', { protocolVersion: 'GRPC', healthCheck });
  const port = await harness.listen('grpc-default', { settings: { defaultAction: forwardTo('grpc-default') } });
  await harness.register('grpc-default', [target]);
  await harness.healthy('grpc-default', [target]);
  // The target accepts HTTP/2 in clear text from the first byte.
  expect(await grpcName(port)).toBe('plain');
  target.stop();
});

const startedGrpc = (name: string, protocol: 'HTTP' | 'HTTPS'): Promise<GrpcTarget> =>
  GrpcTarget.start(name, protocol === 'HTTPS' ? pem : undefined);

/** The target accepts nothing else, and answers with the protocol and path of each request. */
async function startedHttp2(protocol: 'HTTP' | 'HTTPS'): Promise<Http2Server> {
  const server = protocol === 'HTTP' ? createServer() : createSecureServer({ cert: pem, key: pem });
  server.on('request', ({ httpVersion, url }, response) => {
    if (url === '/health') response.writeHead(204).end();
    else response.end(`${httpVersion} ${url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
