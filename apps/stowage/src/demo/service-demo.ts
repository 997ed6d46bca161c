import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  type ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ClearFailure } from '../clear-failure';
import type { DemoPlace } from './demo';
import { imageName } from './images';
import { LoadGenerator } from './load-generator';

const run = promisify(execFile);

export interface ServiceDemoPlace extends DemoPlace {
  readonly elb: ElasticLoadBalancingV2Client;
}

const NAME = 'demo-service';
const TASKS = 3;
const MORE_TASKS = 6;
const WAIT_MS = 240_000;
const POLL_MS = 500;

/** A service behind a load balancer while a load generator runs: what it lost is told at the end. */
export async function demonstrateService(place: ServiceDemoPlace): Promise<void> {
  const { ecs, elb, narrator } = place;
  const front = await createFront(place);
  await define(place, '1');
  narrator.step(
    `A service of ${String(TASKS)} behind it`,
    `aws ecs create-service --service-name ${NAME} --task-definition ${NAME} --desired-count ${String(TASKS)} ` +
      `--load-balancers targetGroupArn=${front.targetGroup},containerName=web,containerPort=80`,
  );
  await ecs.send(
    new CreateServiceCommand({
      ...{ serviceName: NAME, taskDefinition: NAME, desiredCount: TASKS },
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      loadBalancers: [{ targetGroupArn: front.targetGroup, containerName: 'web', containerPort: 80 }],
    }),
  );
  await settled(place, (service) => isSteady(service, TASKS));
  narrator.step('From here on a load generator asks it 50 times a second', `curl ${front.url}`);
  const load = new LoadGenerator(front.url);
  try {
    await scale(place, MORE_TASKS);
    await scale(place, TASKS);
    narrator.result(load.answers());
    await deploySecond(place, load);
    await deployBroken(place, load);
    await killContainer(place);
  } finally {
    await load.stop();
  }
  narrator.step('What the load generator lost');
  narrator.result(`${String(load.failed)} of ${String(load.sent)} requests failed.`);
  await ecs.send(new DeleteServiceCommand({ service: NAME, force: true }));
  await settled(place, ({ status }) => status === 'INACTIVE');
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: front.loadBalancer }));
  await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: front.targetGroup }));
}

interface Front {
  readonly loadBalancer: string;
  readonly targetGroup: string;
  readonly url: string;
}

async function createFront({ elb, narrator }: ServiceDemoPlace): Promise<Front> {
  narrator.step(
    'A load balancer, a target group and a listener',
    `aws elbv2 create-load-balancer --name ${NAME} --subnets subnet-1 subnet-2`,
  );
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: NAME, Subnets: ['subnet-1', 'subnet-2'] }),
  );
  const check = { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 4, HealthyThresholdCount: 2 };
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: NAME, Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', ...check }),
  );
  const [loadBalancer, group] = [LoadBalancers?.[0], TargetGroups?.[0]];
  if (!loadBalancer?.LoadBalancerArn || !group?.TargetGroupArn) throw new ClearFailure('It was not created.');
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
  narrator.result(`It listens at ${url}`);
  return { loadBalancer: loadBalancer.LoadBalancerArn, targetGroup: group.TargetGroupArn, url };
}

/** A revision that says its version; of version 3 the page is missing. */
async function define({ ecs }: ServiceDemoPlace, version: string, broken = false): Promise<void> {
  const page = broken ? '' : `echo 'version ${version}' > /www/index.html; `;
  const web = {
    ...{ name: 'web', image: imageName('httpd'), cpu: 10, memory: 32, stopTimeout: 2, essential: true },
    portMappings: [{ containerPort: 80, hostPort: 0 }],
    entryPoint: ['sh', '-c'],
    command: [`${page}exec httpd -f -p 80 -h /www`],
  };
  await ecs.send(new RegisterTaskDefinitionCommand({ family: NAME, containerDefinitions: [web] }));
}

async function scale(place: ServiceDemoPlace, desiredCount: number): Promise<void> {
  place.narrator.step(
    `Scale to ${String(desiredCount)}`,
    `aws ecs update-service --service ${NAME} --desired-count ${String(desiredCount)}`,
  );
  await place.ecs.send(new UpdateServiceCommand({ service: NAME, desiredCount }));
  await settled(place, (service) => isSteady(service, desiredCount));
}

async function deploySecond(place: ServiceDemoPlace, load: LoadGenerator): Promise<void> {
  await define(place, '2');
  place.narrator.step('Deploy version 2', `aws ecs update-service --service ${NAME} --task-definition ${NAME}`);
  await place.ecs.send(new UpdateServiceCommand({ service: NAME, taskDefinition: NAME }));
  await settled(place, (service) => isSteady(service, TASKS));
  place.narrator.result(load.answers());
}

async function deployBroken(place: ServiceDemoPlace, load: LoadGenerator): Promise<void> {
  await define(place, '3', true);
  place.narrator.step(
    'Deploy version 3, which is broken: the circuit breaker rolls it back',
    `aws ecs update-service --service ${NAME} --task-definition ${NAME}`,
  );
  await place.ecs.send(new UpdateServiceCommand({ service: NAME, taskDefinition: NAME }));
  await settled(
    place,
    (service) =>
      isSteady(service, TASKS) && service.taskDefinition?.endsWith(':2') === true && said(service, 'rolling back'),
  );
  const { events = [] } = await describe(place);
  const told = events.filter(({ message = '' }) => /unhealthy in|deployment failed|rolling back/.test(message));
  for (const { message = '' } of told.slice(0, 3).reverse()) place.narrator.result(message);
  place.narrator.result(load.answers());
}

async function killContainer(place: ServiceDemoPlace): Promise<void> {
  const { ecs, narrator } = place;
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName: NAME }));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: taskArns }));
  const container = tasks?.[0]?.containers?.[0]?.runtimeId ?? '';
  narrator.step('Kill a container, and watch it come back', `docker kill ${container.slice(0, 12)}`);
  await run('docker', ['kill', container]);
  await settled(place, ({ runningCount = TASKS }) => runningCount < TASKS);
  await settled(place, (service) => isSteady(service, TASKS));
  narrator.result(`${String(TASKS)} tasks run again.`);
}

const isSteady = ({ deployments = [], runningCount, desiredCount }: Service, count: number): boolean =>
  deployments.length === 1 &&
  deployments[0]?.rolloutState === 'COMPLETED' &&
  desiredCount === count &&
  runningCount === count;

const said = ({ events = [] }: Service, text: string): boolean =>
  events.some(({ message }) => message?.includes(text) === true);

async function describe({ ecs }: ServiceDemoPlace): Promise<Service> {
  const { services } = await ecs.send(new DescribeServicesCommand({ services: [NAME] }));
  if (!services?.[0]) throw new ClearFailure(`There is no service ${NAME}.`);
  return services[0];
}

async function settled(place: ServiceDemoPlace, holds: (service: Service) => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const service = await describe(place);
    if (holds(service)) return;
    if (performance.now() > deadline) {
      const last = service.events?.[0]?.message ?? '';
      throw new ClearFailure(`The service does not get there; the last that it said: ${last}`);
    }
    await delay(POLL_MS);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new ClearFailure('No port is free.');
  return address.port;
}
