import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateClusterCommand, DescribeContainerInstancesCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  controlPlaneCredentials,
  createAuthority,
  joinDeployment,
  type JoinedIdentity,
  natsServerConfig,
  readConfig,
  type Runtime,
  RuntimeConfig,
  startRuntime,
} from '@stowage/runtime';
import { createJoinToken } from '../../apps/stowage/src/cli/join-token';
import { stowageClient } from '../../apps/stowage/src/cli/stowage-client';
import { INSTANCE_LABEL } from '../../apps/agent/src/core/containers/labels';
import { AppProcess } from './app-process';
import { ACCESS_KEY } from './gateway';
import { NatsServer } from './nats-server';
import { startPostgres, type TestPostgres } from './postgres';
import { containersWith, docker } from './tasks';
import { freePort } from './free-port';

/** Number of processes of each app. */
const REPLICAS = {
  'api-gateway': 2,
  'cluster-manager': 2,
  scheduler: 3,
  'service-controller': 1,
  projector: 1,
} as const;
const READY_MS = 60_000;
const REGION = 'us-east-1';

/** Short delays for tests. */
const QUICK = {
  STOWAGE_LOG_LEVEL: 'warn',
  STOWAGE_NATS_RECONNECT_MS: '50',
  STOWAGE_COMMIT_ANSWER_MS: '1000',
  STOWAGE_TASK_HEALTHY_AFTER_MS: '300',
  STOWAGE_SCHEDULER_TIMEOUT_MS: '3000',
  STOWAGE_RECONCILE_RETRY_MAX_MS: '1000',
  STOWAGE_PLACEMENT_RETRY_MS: '1000',
  STOWAGE_PROJECTION_RETRY_MS: '50',
  STOWAGE_PROJECTION_RETRY_MAX_MS: '200',
  STOWAGE_AGENT_HEARTBEAT_MS: '500',
  STOWAGE_AGENT_REQUEST_TIMEOUT_MS: '2000',
  STOWAGE_AGENT_RETRY_MIN_MS: '50',
  STOWAGE_AGENT_RETRY_MAX_MS: '500',
  STOWAGE_AGENT_BIND_IP: '127.0.0.1',
  STOWAGE_AGENT_IMAGE_PULL_BEHAVIOR: 'prefer-cached',
  STOWAGE_AGENT_CONTAINER_STOP_TIMEOUT_MS: '1000',
};

export interface ProcessDeploymentOptions {
  /** Number of processes of an app, where it differs from the default. */
  readonly replicas?: Readonly<Record<string, number>>;
  /** Docker socket of the agent. */
  readonly dockerSocket?: string;
}

interface Part {
  readonly app: string;
  readonly environment: Readonly<Record<string, string>>;
  process: AppProcess | undefined;
}

/**
 * A deployment in which every app is a separate process, started from its own `main.ts`, most of them with replicas.
 * NATS
 * runs as in production (separate credentials, every write synced to disk), with Postgres and an agent on Docker.
 */
export class ProcessDeployment {
  private readonly parts = new Map<string, Part>();
  /** Reads the journal as a part of the control plane; no part of the deployment depends on it. */
  runtime!: Runtime;
  agent!: JoinedIdentity;
  databaseUrl = '';

  private constructor(
    private readonly directory: string,
    readonly nats: NatsServer,
    readonly postgres: TestPostgres,
    private readonly options: Required<ProcessDeploymentOptions>,
  ) {}

  static async start({
    replicas = {},
    dockerSocket = '/var/run/docker.sock',
  }: ProcessDeploymentOptions = {}): Promise<ProcessDeployment> {
    const directory = mkdtempSync(join(tmpdir(), 'stowage-processes-'));
    const authority = await createAuthority(join(directory, 'authority'));
    const configFile = join(directory, 'nats.conf');
    // The file contains a port that restarts keep.
    const port = await freePort();
    writeFileSync(
      configFile,
      natsServerConfig({ authority, host: '127.0.0.1', port, storeDir: join(directory, 'store') }),
    );
    const [nats, postgres] = await Promise.all([NatsServer.start({ configFile }), startPostgres()]);
    const deployment = new ProcessDeployment(directory, nats, postgres, {
      replicas: { ...REPLICAS, ...replicas },
      dockerSocket,
    });
    try {
      await deployment.startParts(authority.directory, await controlPlaneCredentials(authority));
      return deployment;
    } catch (error) {
      const logs = deployment.logs();
      await deployment.close();
      throw new Error(`The deployment did not start.\n${logs}`, { cause: error });
    }
  }

  /** One client of each gateway. The SDK retries failed requests, as it does for users. */
  clients(maxAttempts = 3): readonly ECSClient[] {
    return this.urls.map(
      (endpoint) => new ECSClient({ endpoint, region: REGION, credentials: ACCESS_KEY, maxAttempts }),
    );
  }

  /** URLs of the gateways. */
  get urls(): readonly string[] {
    return [...this.parts.values()].flatMap(({ environment }) => {
      const port = environment['STOWAGE_HTTP_PORT'];
      return port === undefined ? [] : [`http://127.0.0.1:${port}`];
    });
  }

  /** Names of all processes, including NATS and Postgres. */
  get names(): readonly string[] {
    return [...this.parts.keys(), 'nats', 'postgres'];
  }

  /** Kills one of `names` with SIGKILL, and starts it again. */
  async killAndRestart(name: string, pauseMs: number): Promise<void> {
    if (name === 'nats') {
      await this.nats.kill();
      await delay(pauseMs);
      await this.nats.launch();
    } else if (name === 'postgres') {
      await this.postgres.halt('SIGKILL');
      await delay(pauseMs);
      await this.postgres.resume();
    } else {
      await this.parts.get(name)?.process?.end('SIGKILL');
      await delay(pauseMs);
      await this.launch(name);
    }
  }

  /** Output of the processes, except those that were killed. */
  logs(): string {
    return [...this.parts].map(([name, { process }]) => `== ${name}\n${process?.log ?? ''}`).join('\n');
  }

  /** Ids of the running containers of the agent, by task. */
  containersByTask(): ReadonlyMap<string, readonly string[]> {
    const label = `${INSTANCE_LABEL}=${this.agent.instance}`;
    const format = '{{.ID}} {{.Label "stowage.task"}} {{.Label "stowage.container"}}';
    const listing = ['ps', '--no-trunc', '--filter', `label=${label}`, '--format', format];
    const lines = docker('--host', `unix://${this.options.dockerSocket}`, ...listing).split('\n');
    const byTask = new Map<string, string[]>();
    for (const line of lines) {
      const [id = '', task = '', container] = line.split(' ');
      if (task !== '' && container) byTask.set(task, [...(byTask.get(task) ?? []), id]);
    }
    return byTask;
  }

  async close(): Promise<void> {
    for (const { process } of this.parts.values()) await process?.end('SIGKILL');
    if (this.agent as JoinedIdentity | undefined) {
      const containers = containersWith(`${INSTANCE_LABEL}=${this.agent.instance}`);
      if (containers.length > 0) docker('rm', '--force', '--volumes', ...containers);
    }
    await (this.runtime as Runtime | undefined)?.close();
    await this.postgres.stop();
    await this.nats.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async startParts(authorityDir: string, credsFile: string): Promise<void> {
    this.databaseUrl = await this.postgres.database();
    const shared = {
      ...QUICK,
      STOWAGE_NATS_URLS: this.nats.url,
      STOWAGE_NATS_CREDS_FILE: credsFile,
      STOWAGE_SECRET_KEY_FILE: join(this.directory, 'secret.key'),
      STOWAGE_DATABASE_URL: this.databaseUrl,
      STOWAGE_POSTGRES_URL: this.databaseUrl,
    };
    const dataDir = (name: string): string => join(this.directory, name);
    this.runtime = await startRuntime(
      readConfig(RuntimeConfig, { ...shared, STOWAGE_DATA_DIR: dataDir('checks') }),
      'checks',
    );
    const gateway = {
      STOWAGE_AUTHORITY_DIR: authorityDir,
      STOWAGE_AGENT_NATS_URLS: this.nats.url,
      STOWAGE_BOOTSTRAP_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
      STOWAGE_BOOTSTRAP_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    };
    for (const [app, count] of Object.entries(this.options.replicas)) {
      for (let number = 1; number <= count; number += 1) {
        const name = `${app}-${String(number)}`;
        const own = app === 'api-gateway' ? { ...gateway, STOWAGE_HTTP_PORT: String(await freePort()) } : {};
        const environment = { ...shared, ...own, STOWAGE_DATA_DIR: dataDir(name) };
        this.parts.set(name, { app, environment, process: undefined });
      }
    }
    await Promise.all([...this.parts.keys()].map((name) => this.launch(name)));
    await this.join(dataDir('agent'));
  }

  /** Joins an agent as an operator does: with a cluster and a token. */
  private async join(directory: string): Promise<void> {
    const [endpoint = ''] = this.urls;
    const [ecs] = this.clients();
    await until(async () => (await Promise.all(this.urls.map(isHealthy))).every(Boolean));
    // The owner of the operation may not listen yet.
    await until(async () => (await ecs?.send(new CreateClusterCommand({})).catch(() => undefined)) !== undefined);
    const client = stowageClient({
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    });
    const token = await createJoinToken(client, { expiresInSeconds: 60, oneTime: true });
    this.agent = await joinDeployment(endpoint, token, directory);
    const environment = {
      ...QUICK,
      STOWAGE_AGENT_DATA_DIR: directory,
      STOWAGE_AGENT_DOCKER_SOCKET: this.options.dockerSocket,
    };
    this.parts.set('agent', { app: 'agent', environment, process: undefined });
    await this.launch('agent');
    const about = new DescribeContainerInstancesCommand({ containerInstances: [this.agent.instance] });
    await until(async () => {
      const described = await ecs?.send(about).catch(() => undefined);
      return described?.containerInstances?.[0]?.agentConnected === true;
    });
  }

  private async launch(name: string): Promise<void> {
    const part = this.parts.get(name);
    if (!part) throw new Error(`There is no process ${name}.`);
    part.process = await AppProcess.start(part.app, part.environment);
  }
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @throws Error if it does not hold in time. */
export async function until(holds: () => Promise<boolean>, timeoutMs = READY_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not in time: ${holds.toString()}`);
    await delay(50);
  }
}
