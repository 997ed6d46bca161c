import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { UserError } from '../user-error';
import type { DemoPlace } from './demo';
import { imageName } from './images';
import { LoadGenerator } from './load-generator';

const run = promisify(execFile);

export interface ServiceDemoPlace extends DemoPlace {
  readonly elb: ElasticLoadBalancingV2Client;
}

/** Unique per run, so that leftovers of an earlier run and a concurrent run do not conflict. */
const NAME = `demo-service-${randomBytes(2).toString('hex')}`;
const TASKS = 3;
const MORE_TASKS = 6;
const WAIT_MS = 240_000;
const POLL_MS = 500;
const WAIT = { minDelay: 1, maxDelay: 1, maxWaitTime: WAIT_MS / 1_000 };

/** Demonstrates a service behind a load balancer under load, and lists the failed requests by step at the end. */
export async function demonstrateService(place: ServiceDemoPlace): Promise<void> {
  const { ecs, narrator, cleanUp } = place;
  const endpoint = await createLoadBalancer(place);
  cleanUp.add(`the task definitions ${NAME}`, () => deleteTaskDefinitions(place));
  await define(place, '1');
  narrator.step(
    `A service of ${String(TASKS)} behind it`,
    `aws ecs create-service --service-name ${NAME} --task-definition ${NAME} --desired-count ${String(TASKS)} ` +
      `--load-balancers targetGroupArn=${endpoint.targetGroup},containerName=web,containerPort=80`,
  );
  cleanUp.add(`the service ${NAME}`, () => unlessAbsent(deleteService(place)));
  await ecs.send(
    new CreateServiceCommand({
      ...{ serviceName: NAME, taskDefinition: NAME, desiredCount: TASKS },
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      loadBalancers: [{ targetGroupArn: endpoint.targetGroup, containerName: 'web', containerPort: 80 }],
    }),
  );
  await settled(place, (service) => isSteady(service, TASKS));
  narrator.step('From here on, a load generator sends 50 requests a second', `curl ${endpoint.url}`);
  const load = new LoadGenerator(endpoint.url, () => narrator.current);
  try {
    await scale(place, MORE_TASKS);
    await scale(place, TASKS);
    narrator.result(load.answers());
    const second = await deploySecond(place, load);
    await deployBroken(place, load, second);
    await killContainer(place);
  } finally {
    await load.stop();
  }
  narrator.step('The requests that failed');
  for (const line of load.lost()) narrator.result(line);
  narrator.step(`Delete all resources of this demonstration`, `aws ecs delete-service --service ${NAME} --force`);
}

async function deleteService({ ecs }: ServiceDemoPlace): Promise<void> {
  await ecs.send(new DeleteServiceCommand({ service: NAME, force: true }));
  // Without the signal of the demonstration, because the clean-up also runs after an abort.
  await settled({ ecs }, ({ status }) => status === 'INACTIVE');
}

/** Deregisters and deletes every revision. */
async function deleteTaskDefinitions({ ecs }: ServiceDemoPlace): Promise<void> {
  const { taskDefinitionArns = [] } = await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: NAME }));
  for (const taskDefinition of taskDefinitionArns)
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
  if (taskDefinitionArns.length > 0) {
    await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: taskDefinitionArns }));
  }
}

async function deleteLoadBalancer({ elb }: ServiceDemoPlace): Promise<void> {
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ Names: [NAME] }));
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn }));
}

async function deleteTargetGroup({ elb }: ServiceDemoPlace): Promise<void> {
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ Names: [NAME] }));
  await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }));
}

/** Ignores that a resource does not exist, because the demonstration may have stopped before it was created. */
async function unlessAbsent(removal: Promise<void>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (!(error instanceof Error) || !error.name.includes('NotFound')) throw error;
  });
}

interface PublicEndpoint {
  readonly targetGroup: string;
  readonly url: string;
}

async function createLoadBalancer(place: ServiceDemoPlace): Promise<PublicEndpoint> {
  const { elb, narrator, cleanUp } = place;
  narrator.step(
    'A load balancer, a target group and a listener',
    `aws elbv2 create-load-balancer --name ${NAME} --subnets subnet-1 subnet-2`,
  );
  cleanUp.add(`the target group ${NAME}`, () => unlessAbsent(deleteTargetGroup(place)));
  cleanUp.add(`the load balancer ${NAME}`, () => unlessAbsent(deleteLoadBalancer(place)));
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: NAME, Subnets: ['subnet-1', 'subnet-2'] }),
  );
  const check = { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 4, HealthyThresholdCount: 2 };
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: NAME, Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', ...check }),
  );
  const [loadBalancer, group] = [LoadBalancers?.[0], TargetGroups?.[0]];
  if (!loadBalancer?.LoadBalancerArn || !group?.TargetGroupArn)
    throw new UserError('The load balancer was not created: the response has no ARN.');
  const port = await freePort();
  const delayAttribute = { Key: 'deregistration_delay.timeout_seconds', Value: '20' };
  await elb.send(
    new ModifyTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn, Attributes: [delayAttribute] }),
  );
  await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn: loadBalancer.LoadBalancerArn, Protocol: 'HTTP', Port: port },
      DefaultActions: [{ Type: 'forward', TargetGroupArn: group.TargetGroupArn }],
    }),
  );
  const url = `http://${loadBalancer.DNSName ?? ''}:${String(port)}/`;
  narrator.result(`The load balancer listens at ${url}`);
  return { targetGroup: group.TargetGroupArn, url };
}

/** Registers a revision that answers with its version; a broken one has no page. Resolves with the revision's ARN. */
async function define({ ecs }: ServiceDemoPlace, version: string, broken = false): Promise<string> {
  const page = broken ? '' : `echo 'version ${version}' > /www/index.html; `;
  const web = {
    ...{ name: 'web', image: imageName('httpd'), cpu: 10, memory: 32, stopTimeout: 2, essential: true },
    portMappings: [{ containerPort: 80, hostPort: 0 }],
    entryPoint: ['sh', '-c'],
    command: [`${page}exec httpd -f -p 80 -h /www`],
  };
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({ family: NAME, containerDefinitions: [web] }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function scale(place: ServiceDemoPlace, desiredCount: number): Promise<void> {
  place.narrator.step(
    `Scale to ${String(desiredCount)}`,
    `aws ecs update-service --service ${NAME} --desired-count ${String(desiredCount)}`,
  );
  await place.ecs.send(new UpdateServiceCommand({ service: NAME, desiredCount }));
  await settled(place, (service) => isSteady(service, desiredCount));
}

/** Resolves with the ARN of the revision. */
async function deploySecond(place: ServiceDemoPlace, load: LoadGenerator): Promise<string> {
  const revision = await define(place, '2');
  place.narrator.step('Deploy version 2', `aws ecs update-service --service ${NAME} --task-definition ${NAME}`);
  await place.ecs.send(new UpdateServiceCommand({ service: NAME, taskDefinition: NAME }));
  await settled(place, (service) => isSteady(service, TASKS));
  place.narrator.result(load.answers());
  return revision;
}

/** `good` is the ARN of the revision that the circuit breaker rolls back to. */
async function deployBroken(place: ServiceDemoPlace, load: LoadGenerator, good: string): Promise<void> {
  await define(place, '3', true);
  place.narrator.step(
    'Deploy version 3, which is broken: the circuit breaker rolls it back',
    `aws ecs update-service --service ${NAME} --task-definition ${NAME}`,
  );
  await place.ecs.send(new UpdateServiceCommand({ service: NAME, taskDefinition: NAME }));
  await settled(
    place,
    (service) => isSteady(service, TASKS) && service.taskDefinition === good && hasEvent(service, 'rolling back'),
  );
  const { events = [] } = await describe(place);
  const rollback = events.filter(({ message = '' }) => /unhealthy in|deployment failed|rolling back/.test(message));
  for (const { message = '' } of rollback.slice(0, 3).reverse()) place.narrator.result(message);
  place.narrator.result(load.answers());
}

async function killContainer(place: ServiceDemoPlace): Promise<void> {
  const { ecs, narrator, signal } = place;
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName: NAME }));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: taskArns }));
  const [task] = tasks ?? [];
  const container = task?.containers?.[0]?.runtimeId;
  if (!task || container === undefined) throw new UserError(`The service ${NAME} has no running container.`);
  narrator.step('Kill a container, and watch its replacement start', `docker kill ${container.slice(0, 12)}`);
  await run('docker', ['kill', container]);
  await waitUntilTasksStopped({ client: ecs, abortSignal: signal, ...WAIT }, { tasks: [task.taskArn ?? ''] });
  await settled(place, (service) => isSteady(service, TASKS));
  narrator.result(`${String(TASKS)} tasks are running again.`);
}

const isSteady = ({ deployments = [], runningCount, desiredCount }: Service, count: number): boolean =>
  deployments.length === 1 &&
  deployments[0]?.rolloutState === 'COMPLETED' &&
  desiredCount === count &&
  runningCount === count;

const hasEvent = ({ events = [] }: Service, text: string): boolean =>
  events.some(({ message }) => message?.includes(text) === true);

async function describe({ ecs }: Pick<ServiceDemoPlace, 'ecs'>): Promise<Service> {
  const { services } = await ecs.send(new DescribeServicesCommand({ services: [NAME] }));
  if (!services?.[0]) throw new UserError(`There is no service ${NAME}.`);
  return services[0];
}

async function settled(
  place: Pick<ServiceDemoPlace, 'ecs'> & { readonly signal?: AbortSignal },
  holds: (service: Service) => boolean,
): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const service = await describe(place);
    if (holds(service)) return;
    if (performance.now() > deadline) {
      const last = service.events?.[0]?.message ?? '';
      throw new UserError(
        `The service ${NAME} did not become steady within ${String(WAIT_MS / 1_000)} s; its last event: ${last}`,
      );
    }
    await delay(POLL_MS, undefined, place.signal && { signal: place.signal });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new UserError('No local port is free.');
  return address.port;
}
