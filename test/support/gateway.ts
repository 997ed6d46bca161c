import { request as httpRequest } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import type { DomainEvent } from '@stowage/domain';
import { readConfig, type RunningApp, type Runtime } from '@stowage/runtime';
import { startApiGateway } from '../../apps/api-gateway/src/app';
import { GatewayConfig } from '../../apps/api-gateway/src/config';
import { startClusterManager } from '../../apps/cluster-manager/src/app';
import { ClusterManagerConfig } from '../../apps/cluster-manager/src/config';
import { startLoadBalancerRegistrar } from '../../apps/load-balancer-registrar/src/app';
import { RegistrarConfig } from '../../apps/load-balancer-registrar/src/config';
import { startProjector } from '../../apps/projector/src/app';
import { ProjectorConfig } from '../../apps/projector/src/config';
import { startScheduler } from '../../apps/scheduler/src/app';
import { SchedulerConfig } from '../../apps/scheduler/src/config';
import { startServiceController } from '../../apps/service-controller/src/app';
import { ServiceControllerConfig } from '../../apps/service-controller/src/config';
import { startPostgres, type TestPostgres } from './postgres';
import { testRuntime, type TestRuntime } from './runtime';

export const ACCESS_KEY = {
  accessKeyId: 'AKSTTESTTESTTESTTEST',
  secretAccessKey: 'a secret of forty characters or about it',
};
export const ECS_TARGET = 'AmazonEC2ContainerServiceV20141113';

/** A request. Members that are not given have the values of a correct client. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** Operation of ECS, or a whole target. `null` sends no target. */
  readonly target?: string | null;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly region?: string;
  readonly service?: string;
  readonly at?: Date;
  readonly unsigned?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The whole control plane on real NATS and Postgres, without agents, behind its HTTP API. */
export interface TestGateway {
  readonly url: string;
  readonly runtime: TestRuntime;
  readonly postgres: TestPostgres;
  readonly databaseUrl: string;
  readonly ecs: ECSClient;
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly sts: STSClient;
  /** Signs and sends the request as described, valid or not. */
  send(request: RawRequest): Promise<RawAnswer>;
  /** Like `send`, for an operation of ECS with its input. Parses the answer. */
  call(target: string, input: object, headers?: Readonly<Record<string, string>>): Promise<JsonAnswer>;
  /** Writes events to the journal without any validation. */
  commit(...events: readonly DomainEvent[]): Promise<number>;
  /** Starts another gateway of the same deployment, with its own runtime like a separate process. */
  another(settings?: Readonly<Record<string, string>>): Promise<{ readonly url: string }>;
  close(): Promise<void>;
}

export interface JsonAnswer extends RawAnswer {
  readonly json: Readonly<Record<string, unknown>>;
}

export interface TestGatewayOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Starts without the services behind the gateway, so that only the gateway's own operations work. */
  readonly alone?: boolean;
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const postgres = await startPostgres();
  const runtime = await testRuntime();
  const databaseUrl = await postgres.database();
  const running: RunningApp[] = [];
  const environment = {
    STOWAGE_HTTP_PORT: '0',
    STOWAGE_DATA_DIR: runtime.config.dataDir,
    STOWAGE_DATABASE_URL: databaseUrl,
    STOWAGE_BOOTSTRAP_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    STOWAGE_BOOTSTRAP_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    ...options.settings,
  };
  const gatewayOn = async (on: Runtime, settings: Readonly<Record<string, string>> = {}): Promise<string> => {
    const gateway = await startApiGateway(on, readConfig(GatewayConfig, { ...environment, ...settings }));
    running.push(gateway);
    return gateway.url;
  };
  running.push(await startProjector(runtime, readConfig(ProjectorConfig, environment)));
  if (!options.alone) {
    running.push(await startClusterManager(runtime, readConfig(ClusterManagerConfig, environment)));
    running.push(await startLoadBalancerRegistrar(runtime, readConfig(RegistrarConfig, environment)));
    running.push(await startScheduler(runtime, readConfig(SchedulerConfig, environment)));
    running.push(await startServiceController(runtime, readConfig(ServiceControllerConfig, environment)));
  }
  const url = await gatewayOn(runtime);
  const sdk = { endpoint: url, region: runtime.scope.region, credentials: ACCESS_KEY, maxAttempts: 1 };
  const ecs = new ECSClient(sdk);
  const elbv2 = new ElasticLoadBalancingV2Client(sdk);
  const sts = new STSClient(sdk);
  const send = (request: RawRequest): Promise<RawAnswer> => sendRaw(url, request);
  return {
    url,
    runtime,
    postgres,
    databaseUrl,
    ecs,
    elbv2,
    sts,
    send,
    call: async (target, input, headers = {}) => {
      const answer = await send({ target, body: JSON.stringify(input), headers });
      return { ...answer, json: JSON.parse(answer.text) as Readonly<Record<string, unknown>> };
    },
    commit: async (...events) => {
      const { sequence } = await runtime.commands.execute({
        decide: () => ({ events, result: undefined }),
        atLeast: 0,
        actor: 'service:test',
        cause: 'test',
      });
      return sequence;
    },
    another: async (settings) => ({ url: await gatewayOn(await runtime.another('another-gateway'), settings) }),
    close: async () => {
      ecs.destroy();
      elbv2.destroy();
      sts.destroy();
      for (const app of running.reverse()) await app.close();
      await runtime.close();
      await postgres.stop();
    },
  };
}

/** Signs the request as a client would, and sends it. The options produce requests that no client sends. */
export async function sendRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { method = 'POST', path = '/', body = '{}', target = null } = request;
  const endpoint = new URL(path, url);
  const isTarget = target !== null && !/[.\s]/.test(target) && target !== '';
  const unsigned = {
    host: endpoint.host,
    'content-type': 'application/x-amz-json-1.1',
    ...(target !== null && { 'x-amz-target': isTarget ? `${ECS_TARGET}.${target}` : target }),
    ...request.headers,
  };
  if (request.unsigned) return exchange(endpoint, method, unsigned, body);
  const signer = new SignatureV4({
    region: request.region ?? 'us-east-1',
    service: request.service ?? 'ecs',
    credentials: {
      accessKeyId: request.accessKeyId ?? ACCESS_KEY.accessKeyId,
      secretAccessKey: request.secretAccessKey ?? ACCESS_KEY.secretAccessKey,
    },
    sha256: Sha256,
  });
  const signed = await signer.sign(
    { method, protocol: 'http:', hostname: endpoint.hostname, path: endpoint.pathname, headers: unsigned, body },
    { signingDate: request.at ?? new Date() },
  );
  return exchange(endpoint, method, signed.headers, body);
}

/** Uses `node:http`, because `fetch` discards an answer that arrives before the whole body is sent. */
function exchange(
  endpoint: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const sending = httpRequest(endpoint, { method, headers: { ...headers, ...length }, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
