import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataPlaneHarness } from '../../../../../test/support/data-plane';

const KIB = 1_024;
/** Node's own limits, on both sides. They are high enough that HAProxy's limits apply first. */
const MAX_HEADER_SIZE = 256 * KIB;

let harness: DataPlaneHarness;
let target: Server;
let port = 0;

beforeAll(async () => {
  harness = await DataPlaneHarness.start();
  // Answers with the size of the received headers, and with a header of the wanted size.
  target = createServer({ maxHeaderSize: MAX_HEADER_SIZE }, ({ headers, rawHeaders, url = '' }, response) => {
    const wanted = Number(new URL(url, 'http://target').searchParams.get('answer') ?? 0);
    for (let bytes = wanted; bytes > 0; bytes -= KIB) response.appendHeader('x-part', 'a'.repeat(Math.min(bytes, KIB)));
    response.end(`${String(url.length)} ${String(headers['x-long']?.length ?? 0)} ${String(rawHeaders.length / 2)}`);
  });
  target.maxHeadersCount = 0;
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  port = await harness.serve('limits', [{ port: (target.address() as AddressInfo).port }]);
});

afterAll(async () => {
  await harness.stop();
  target.closeAllConnections();
  target.close();
});

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function send({ path = '/', headers = {} }: Sent): Promise<{
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers, maxHeaderSize: MAX_HEADER_SIZE, agent: false };
    request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }));
    })
      .on('error', reject)
      .end();
  });
}

const manyHeaders = (count: number, bytes: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${String(at)}`, 'a'.repeat(bytes)]));

describe('an application load balancer', () => {
  it('accepts a request line and a header line of almost 16 KiB', async () => {
    const path = `/${'p'.repeat(16 * KIB - 100)}`;
    const long = 'a'.repeat(16 * KIB - 100);
    const { status, body } = await send({ path, headers: { 'x-long': long } });
    expect(status).toBe(200);
    expect(body).toMatch(new RegExp(`^${String(path.length)} ${String(long.length)} `));
  });

  it('accepts headers of almost 64 KiB in total, whether they are few or many', async () => {
    expect((await send({ headers: manyHeaders(4, 15 * KIB) })).status).toBe(200);
    const { status, body } = await send({ headers: manyHeaders(600, 90) });
    expect(status).toBe(200);
    expect(Number(body.split(' ')[2])).toBeGreaterThan(600);
  });

  it.each<[string, Sent]>([
    ['a request line', { path: `/${'p'.repeat(16 * KIB + 100)}` }],
    ['a header line', { headers: { 'x-long': 'a'.repeat(16 * KIB + 100) } }],
    ['headers in all', { headers: manyHeaders(5, 14 * KIB) }],
    ['more than HAProxy can buffer', { headers: manyHeaders(15, 15 * KIB) }],
  ])('answers %s that is too long with status 400', async (_, sent) => {
    expect((await send(sent)).status).toBe(400);
  });

  it('forwards response headers of up to 32 KiB, and answers with status 502 above this', async () => {
    const passed = await send({ path: '/?answer=30720' });
    expect(passed.status).toBe(200);
    expect(String(passed.headers['x-part']).length).toBeGreaterThan(30 * KIB - 1);
    expect((await send({ path: '/?answer=40960' })).status).toBe(502);
    expect((await send({ path: '/?answer=102400' })).status).toBe(502);
  });
});
