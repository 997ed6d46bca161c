import { createSecureServer, createServer, type Http2Server } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TargetGroupCreated } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../../../../test/support/ask';
import { DataPlaneDrill, selfSigned, until } from '../../../../../test/support/data-plane';
import { grpcName, GrpcTarget, HEALTH } from '../../../../../test/support/grpc-target';
import { forwardTo } from '../../../../../libs/domain/src/testing/load-balancing-events';

let drill: DataPlaneDrill;
let pem: string;
beforeAll(async () => {
  drill = await DataPlaneDrill.start();
  mkdirSync(drill.config.certificatesDir, { recursive: true });
  pem = selfSigned('web.test', drill.directory);
  writeFileSync(join(drill.config.certificatesDir, 'web.pem'), pem);
});
afterAll(() => drill.stop());

const certificates = ['arn:aws:acm:us-east-1:123456789012:certificate/web'];
const CHECK = {
  port: 'traffic-port',
  intervalSeconds: 0.2,
  timeoutSeconds: 2,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
} as const;

/** Behind a listener that speaks HTTP/2 to those that ask for it. */
async function serve(name: string, changes: Partial<TargetGroupCreated>): Promise<number> {
  await drill.group(name, changes);
  return drill.listen(name, { settings: { protocol: 'HTTPS', certificates, defaultAction: forwardTo(name) } });
}

describe.each(['HTTP', 'HTTPS'] as const)('targets of %s', (protocol) => {
  it('that speak gRPC get calls while their status is one that is wanted', async () => {
    const [one, two] = [await startedGrpc('one', protocol), await startedGrpc('two', protocol)];
    const name = `grpc-${protocol.toLowerCase()}`;
    const healthCheck = { ...CHECK, protocol, path: HEALTH, matcher: { grpcCode: '0,10-12' } };
    const port = await serve(name, { protocol, protocolVersion: 'GRPC', healthCheck });
    await drill.register(name, [one, two]);
    await drill.healthy(name, [one, two]);
    const names = async (): Promise<ReadonlySet<string | number>> =>
      new Set(await Promise.all(Array.from({ length: 8 }, () => grpcName(port, { trust: pem }))));
    expect(await names()).toEqual(new Set(['one', 'two']));
    expect(await grpcName(port, { trust: pem, fails: true })).toBe(status.FAILED_PRECONDITION);
    two.health = status.INTERNAL;
    await until('its status was seen', () => drill.target(name, two)?.health.state === 'unhealthy');
    expect(drill.target(name, two)?.health.reason).toBe('Target.FailedHealthChecks');
    expect(await names()).toEqual(new Set(['one']));
    two.health = status.OUT_OF_RANGE;
    await drill.healthy(name, [two]);
    one.stop();
    two.stop();
  });

  it('that speak HTTP/2 are checked and asked in it', async () => {
    const server = await startedHttp2(protocol);
    const target = { port: (server.address() as AddressInfo).port };
    const name = `http2-${protocol.toLowerCase()}`;
    const healthCheck = { ...CHECK, protocol, path: '/health', matcher: { httpCode: '204' } };
    await drill.group(name, { protocol, protocolVersion: 'HTTP2', healthCheck });
    const port = await drill.listen(name, { settings: { defaultAction: forwardTo(name) } });
    await drill.register(name, [target]);
    await drill.healthy(name, [target]);
    expect(await ask(port, '/at?a=b')).toMatchObject({ status: 200, body: '2.0 /at?a=b' });
    server.close();
  });
});

it('targets that do not implement the call of gRPC health checks are healthy by default', async () => {
  const target = await startedGrpc('plain', 'HTTP');
  const healthCheck = {
    ...CHECK,
    protocol: 'HTTP',
    path: '/AWS.ALB/healthcheck',
    matcher: { grpcCode: '12' },
  } as const;
  await drill.group('grpc-default', { protocolVersion: 'GRPC', healthCheck });
  const port = await drill.listen('grpc-default', { settings: { defaultAction: forwardTo('grpc-default') } });
  await drill.register('grpc-default', [target]);
  await drill.healthy('grpc-default', [target]);
  // In clear text, HTTP/2 from the first byte.
  expect(await grpcName(port)).toBe('plain');
  target.stop();
});

const startedGrpc = (name: string, protocol: 'HTTP' | 'HTTPS'): Promise<GrpcTarget> =>
  GrpcTarget.start(name, protocol === 'HTTPS' ? pem : undefined);

/** It speaks nothing else, and says how it was asked for what. */
async function startedHttp2(protocol: 'HTTP' | 'HTTPS'): Promise<Http2Server> {
  const server = protocol === 'HTTP' ? createServer() : createSecureServer({ cert: pem, key: pem });
  server.on('request', ({ httpVersion, url }, response) => {
    if (url === '/health') response.writeHead(204).end();
    else response.end(`${httpVersion} ${url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
