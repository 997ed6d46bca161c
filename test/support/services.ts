import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type ContainerDefinition,
  type Service,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';

/** Shorter than the time limit of a test, so that the error contains the last state. */
const UNTIL_MS = 25_000;
const POLL_MS = 25;

/** The services of one cluster, with the operations that tests need. */
export class TestServices {
  constructor(
    readonly ecs: ECSClient,
    readonly cluster: string,
  ) {}

  /** Registers the next revision of `family`. Resolves with its ARN. */
  async define(
    family: string,
    container: Partial<ContainerDefinition> = {},
    task: Partial<RegisterTaskDefinitionCommandInput> = {},
  ): Promise<string> {
    const containerDefinitions = [{ name: 'main', image: 'busybox', memory: 16, ...container }];
    const input = { family, containerDefinitions, ...task };
    const registered = await this.ecs.send(new RegisterTaskDefinitionCommand(input));
    return registered.taskDefinition?.taskDefinitionArn ?? '';
  }

  async create(serviceName: string, input: Partial<CreateServiceCommandInput>): Promise<Service> {
    const asked = { cluster: this.cluster, serviceName, taskDefinition: serviceName, ...input };
    return (await this.ecs.send(new CreateServiceCommand(asked))).service!;
  }

  async update(service: string, input: Partial<UpdateServiceCommandInput>): Promise<Service> {
    return (await this.ecs.send(new UpdateServiceCommand({ cluster: this.cluster, service, ...input }))).service!;
  }

  async remove(service: string): Promise<void> {
    await this.ecs.send(new DeleteServiceCommand({ cluster: this.cluster, service, force: true }));
  }

  async describe(service: string): Promise<Service> {
    const described = await this.ecs.send(
      new DescribeServicesCommand({ cluster: this.cluster, services: [service], include: ['TAGS'] }),
    );
    return described.services![0]!;
  }

  async messages(service: string): Promise<readonly string[]> {
    return ((await this.describe(service)).events ?? []).map(({ message = '' }) => message);
  }

  /** Tasks of the service whose desired status is RUNNING. */
  async tasks(serviceName: string): Promise<readonly Task[]> {
    const { taskArns: tasks = [] } = await this.ecs.send(new ListTasksCommand({ cluster: this.cluster, serviceName }));
    if (tasks.length === 0) return [];
    return (await this.ecs.send(new DescribeTasksCommand({ cluster: this.cluster, tasks }))).tasks ?? [];
  }

  /** Waits until the service satisfies the condition. @throws Error with the last state if it does not in time. */
  until(service: string, isSo: (service: Service) => boolean, timeoutMs = UNTIL_MS): Promise<Service> {
    return eventually(() => this.describe(service), isSo, timeoutMs);
  }

  /** Like `until`, for the tasks whose desired status is RUNNING. */
  untilTasks(service: string, isSo: (tasks: readonly Task[]) => boolean): Promise<readonly Task[]> {
    return eventually(() => this.tasks(service), isSo, UNTIL_MS);
  }

  /** Waits like the SDK's waiter, and until the newest deployment is COMPLETED. */
  steady(service: string, timeoutMs = UNTIL_MS): Promise<Service> {
    return this.until(service, isSteady, timeoutMs);
  }
}

export function isSteady({ deployments = [], runningCount, desiredCount, pendingCount }: Service): boolean {
  const isDone = deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED';
  return isDone && runningCount === desiredCount && pendingCount === 0;
}

async function eventually<Seen>(
  read: () => Promise<Seen>,
  isSo: (seen: Seen) => boolean,
  timeoutMs: number,
): Promise<Seen> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await read();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`Not in time: ${JSON.stringify(seen, null, 1)}`);
    await delay(POLL_MS);
  }
}
