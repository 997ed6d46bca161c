import {
  containerArn,
  type Ecs,
  type InstanceId,
  instanceId,
  type RegisteredDefinition,
  taskArn,
  type TaskId,
  taskId,
  type TaskReport,
  type WorkItem,
} from '@stowage/domain';
import Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type RunningAgent, startAgent } from '../../apps/agent/src/app';
import { AgentConfig } from '../../apps/agent/src/config';
import { INSTANCE_LABEL } from '../../apps/agent/src/core/containers/labels';
import type { ContainerEngine } from '../../apps/agent/src/shell/containers/container-engine';
import { DockerEngine } from '../../apps/agent/src/shell/containers/docker-engine';
import { deriveImage, makeImage } from './docker';
import { ScriptedControlPlane, TEST_CLUSTER } from './scripted-control-plane';
import { type Overrides, withOverrides } from '../../libs/domain/src/testing/overrides';

const SCOPE = { region: 'us-east-1', account: '123456789012' };
const CGROUPS = '/sys/fs/cgroup';
const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

export type Definition = Partial<RegisteredDefinition> & Pick<RegisteredDefinition, 'containerDefinitions'>;

export interface TestAgentOptions {
  readonly config?: Partial<AgentConfig>;
  readonly socketPath?: string;
  readonly engine?: ContainerEngine;
}

/** A real agent on real Docker with a scripted control plane, an instance and its own data directory. */
export class TestAgent {
  readonly controlPlane = new ScriptedControlPlane();
  readonly instance: InstanceId = instanceId(hex(16));
  readonly docker: Docker;
  /** This agent's own copy of busybox; see makeImage. */
  readonly image = `stowage-agent-test/${this.instance}:1`;
  running: RunningAgent | undefined;
  /** The service of the next tasks. */
  service: string | undefined;
  private readonly images: string[] = [];
  private readonly tasks: TaskId[] = [];
  private revision = 0;

  private constructor(
    readonly config: AgentConfig,
    private readonly engine: ContainerEngine,
  ) {
    this.docker = new Docker({ socketPath: config.agentDockerSocket });
  }

  static async create({ config = {}, socketPath, engine }: TestAgentOptions = {}): Promise<TestAgent> {
    const agentDataDir = await mkdtemp(join(tmpdir(), 'stowage-agent-'));
    const quick = {
      agentDataDir,
      agentBindIp: '127.0.0.1',
      agentHeartbeatMs: 100,
      agentRetryMinMs: 20,
      agentRetryMaxMs: 200,
      agentCleanupPeriodMs: 50,
      agentImagePullBehavior: 'prefer-cached' as const,
      agentContainerStopTimeoutMs: 1_000,
    };
    const whole = Object.assign(new AgentConfig(), quick, socketPath && { agentDockerSocket: socketPath }, config);
    const docker = { socketPath: whole.agentDockerSocket, answerTimeoutMs: whole.agentDockerAnswerMs };
    return new TestAgent(whole, engine ?? new DockerEngine(docker));
  }

  static async start(options?: TestAgentOptions): Promise<TestAgent> {
    const agent = await TestAgent.create(options);
    await agent.makeImage(agent.image);
    await agent.start();
    return agent;
  }

  /** Makes another image of busybox with further Dockerfile instructions. `destroy` removes it. */
  async makeImage(image: string, instructions: readonly string[] = []): Promise<void> {
    await (instructions.length === 0
      ? makeImage(this.docker, image)
      : deriveImage(this.docker, image, this.image, instructions));
    this.images.push(image);
  }

  /** Returns a container definition. By default the container is called main and sleeps. */
  container(more: Overrides<Ecs.ContainerDefinition> = {}): Ecs.ContainerDefinition {
    return withOverrides({ name: 'main', image: this.image, command: ['sleep', '60'], memory: 32 }, more);
  }

  /** Returns a task definition with that one container. */
  definition(more: Overrides<Ecs.ContainerDefinition> = {}): Definition {
    return { containerDefinitions: [this.container(more)] };
  }

  async start(): Promise<void> {
    this.startUnawaited();
    await this.running?.adopted;
  }

  startUnawaited(): void {
    this.running = startAgent({
      config: this.config,
      identity: { cluster: TEST_CLUSTER, instance: this.instance },
      controlPlane: this.controlPlane,
      engine: this.engine,
      logger: pino({ level: process.env['AGENT_TEST_LOG'] ?? 'silent' }),
      now: Date.now,
    });
  }

  /** Stops the agent. Its containers continue. */
  async stop(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  /** Gives the agent a task to run. `placed`: the scheduler's choices, by container. */
  run(
    definition: Definition,
    overrides: Ecs.TaskOverride = {},
    placed: Readonly<Record<string, Omit<WorkItem['containers'][number], 'name' | 'arn'>>> = {},
  ): TaskId {
    const family = definition.family ?? 'test';
    this.revision += 1;
    const ref = { family, revision: this.revision };
    this.controlPlane.definitions.set(`${family}:${String(ref.revision)}`, { family, ...definition });
    const task = taskId(hex(16));
    this.tasks.push(task);
    const item = this.item(task, ref, definition, overrides);
    const containers = item.containers.map((each) => ({ ...each, ...placed[each.name] }));
    this.controlPlane.give({ ...item, containers });
    return task;
  }

  /** Adds several tasks of one definition in one work list, as RunTask places them. */
  runMany(count: number, definition: Definition): readonly TaskId[] {
    const first = this.run(definition);
    const like = this.controlPlane.items.get(first);
    const rest = Array.from({ length: count - 1 }, () => taskId(hex(16)));
    for (const task of rest) if (like) this.controlPlane.items.set(task, { ...like, task });
    this.tasks.push(...rest);
    this.controlPlane.hint();
    return [first, ...rest];
  }

  private item(
    task: TaskId,
    ref: WorkItem['taskDefinition'],
    { containerDefinitions }: Definition,
    overrides: Ecs.TaskOverride,
  ): WorkItem {
    return {
      task,
      taskArn: taskArn(SCOPE, TEST_CLUSTER, task),
      cluster: TEST_CLUSTER,
      clusterArn: `arn:aws:ecs:us-east-1:123456789012:cluster/${TEST_CLUSTER}`,
      taskDefinition: ref,
      overrides,
      desiredStatus: 'RUNNING',
      lastStatus: 'PENDING',
      containers: containerDefinitions.map(({ name = '' }) => ({
        name,
        arn: containerArn(SCOPE, TEST_CLUSTER, task, name),
      })),
      group: `family:${ref.family}`,
      ...(this.service !== undefined && { service: this.service }),
    };
  }

  /** Requests the stop as the control plane does on StopTask. */
  requestStop(task: TaskId): void {
    const item = this.controlPlane.items.get(task);
    if (item) this.controlPlane.give({ ...item, desiredStatus: 'STOPPED' });
  }

  async status(task: TaskId, lastStatus: TaskReport['lastStatus'], timeoutMs?: number): Promise<TaskReport> {
    return this.controlPlane.reported(task, (report) => report.lastStatus === lastStatus, timeoutMs);
  }

  async runUntilRunning(definition: Definition, overrides?: Ecs.TaskOverride): Promise<TaskId> {
    const task = this.run(definition, overrides);
    const report = await this.controlPlane.reported(task, ({ lastStatus }) => lastStatus !== 'PENDING');
    if (report.lastStatus !== 'RUNNING') throw new Error(`The task stopped: ${JSON.stringify(report)}`);
    return task;
  }

  async runUntilStopped(definition: Definition, overrides?: Ecs.TaskOverride): Promise<TaskReport> {
    return this.status(this.run(definition, overrides), 'STOPPED');
  }

  /** Stops the task through the control plane and waits for its end. */
  async end(task: TaskId): Promise<TaskReport> {
    this.requestStop(task);
    return this.status(task, 'STOPPED');
  }

  /** All containers of this instance in Docker. */
  containers(task?: TaskId): Promise<Docker.ContainerInfo[]> {
    const label = [`${INSTANCE_LABEL}=${this.instance}`, ...(task ? [`stowage.task=${task}`] : [])];
    return this.docker.listContainers({ all: true, filters: { label } });
  }

  async inspect(task: TaskId, container = 'main'): Promise<Docker.ContainerInspectInfo> {
    const found = (await this.containers(task)).find(({ Labels }) => Labels['stowage.container'] === container);
    if (!found) throw new Error(`There is no container ${container} of task ${task}.`);
    return this.docker.getContainer(found.Id).inspect();
  }

  /** Resolves with the output of a container so far. */
  async output(task: TaskId, container?: string): Promise<string> {
    const answer = await this.controlPlane.askForLogs({ task, ...(container && { container }) });
    return answer.found ? answer.lines.map(({ text }) => text).join('\n') : answer.reason;
  }

  /** Runs a shell script in its own container to its end. Resolves with the output. */
  async outputOf(
    script: string,
    more: Partial<Ecs.ContainerDefinition> = {},
    task?: Partial<Definition>,
  ): Promise<string> {
    const main = this.container({ command: ['sh', '-c', script], ...more });
    const report = await this.runUntilStopped({ ...task, containerDefinitions: [main] });
    const text = await this.output(report.task, 'main');
    return text || JSON.stringify(report);
  }

  async volumes(): Promise<readonly string[]> {
    const { Volumes } = await this.docker.listVolumes({ filters: { label: [`${INSTANCE_LABEL}=${this.instance}`] } });
    return Volumes.map(({ Name }) => Name);
  }

  /** Stops the agent and removes everything that it created. */
  async destroy(): Promise<void> {
    await this.stop();
    for (const { Id } of await this.containers()) await this.docker.getContainer(Id).remove({ force: true, v: true });
    for (const name of await this.volumes()) await this.docker.getVolume(name).remove();
    for (const image of this.images.reverse()) await this.docker.getImage(image).remove({ force: true });
    for (const task of this.tasks) await removeCgroups(task);
    await rm(this.config.agentDataDir, { recursive: true, force: true });
  }
}

/** Removes what the clean-up of a task removes, because few tests wait for it. */
async function removeCgroups(task: TaskId): Promise<void> {
  for (const controller of await readdir(CGROUPS)) {
    await rmdir(join(CGROUPS, controller, 'stowage', task)).catch(() => undefined);
  }
}
