import {
  type ContainerDefinition,
  CreateServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { imageName } from '../../apps/stowage/src/demo/images';
import { until } from './waits';
import { freePort } from './free-port';
import type { TestStowage } from './stowage';

const STABLE_MS = 120_000;
/** Answers with its version after `?<seconds>`. */
export const SCRIPT = (version: string): string =>
  `mkdir -p /www/cgi-bin; printf '#!/bin/sh\\nsleep "\${QUERY_STRING:-0}"\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n${version}"\\n' > /www/cgi-bin/at; chmod +x /www/cgi-bin/at; exec httpd -f -p 80 -h /www`;

/**
 * `node`: this machine's Node.js, for more requests than a process for each of them allows. `broken`: no page exists.
 */
export type Server = 'httpd' | 'node' | 'broken';

const WEB = {
  name: 'web',
  image: imageName('busybox'),
  memory: 64,
  stopTimeout: 2,
  portMappings: [{ containerPort: 80 }],
};
const HOST_FOLDERS = ['/usr', '/lib', '/lib64'];
const nameOf = (path: string): string => path.slice(1);

function containerOf(version: string, server: Server): ContainerDefinition {
  switch (server) {
    case 'httpd':
      return { command: ['sh', '-c', SCRIPT(version)] };
    case 'broken':
      return { command: ['sh', '-c', 'mkdir /www; exec httpd -f -p 80 -h /www'] };
    case 'node': {
      const answer = `setTimeout(() => response.end('${version}'), 1000 * Number(request.url.split('?')[1] ?? 0))`;
      const script = `require('node:http').createServer((request, response) => ${answer}).listen(80)`;
      return {
        entryPoint: [process.execPath, '-e', script],
        mountPoints: HOST_FOLDERS.map((path) => ({ sourceVolume: nameOf(path), containerPath: path, readOnly: true })),
      };
    }
  }
}

/** The address of a load balancer, and the group behind it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly targetGroup: string;
}

/**
 * Creates a load balancer with its own listener and group. The health check requests `path`, also behind a network load
 * balancer, because Docker's proxy accepts connections to a port on which the container does not listen yet.
 */
export async function listening(
  elb: ElasticLoadBalancingV2Client,
  name: string,
  { path, type = 'application' }: { readonly path: string; readonly type?: 'application' | 'network' },
): Promise<Place> {
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: name,
      Type: type,
      Subnets: ['subnet-1', 'subnet-2'],
    }),
  );
  const Protocol = type === 'application' ? 'HTTP' : 'TCP';
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name: name, Protocol, Port: 80, VpcId: 'vpc-1' },
      ...{ HealthCheckProtocol: 'HTTP', HealthCheckPath: path },
      ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 4, HealthyThresholdCount: 2 },
    }),
  );
  const targetGroup = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '20' }];
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: targetGroup, Attributes }));
  const { LoadBalancerArn, DNSName = '' } = LoadBalancers?.[0] ?? {};
  const port = await freePort();
  await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol, Port: port },
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
    }),
  );
  return { host: DNSName, port, targetGroup };
}

export async function healthStatesOf(
  elb: ElasticLoadBalancingV2Client,
  { targetGroup }: Place,
): Promise<readonly string[]> {
  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }),
  );
  return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State ?? '');
}

/** Waits like the SDK's waiter, and until the deployment has ended. */
export async function stable(name: string, now: () => Promise<Service | undefined>): Promise<void> {
  await until(
    `${name} is stable`,
    async () => {
      const service = await now().catch(() => undefined);
      const [only, ...others] = service?.deployments ?? [];
      return (
        others.length === 0 && only?.rolloutState === 'COMPLETED' && service?.runningCount === service?.desiredCount
      );
    },
    STABLE_MS,
  );
}

/** A service of real containers behind a load balancer, created with the SDK. */
export class WebService {
  private constructor(
    readonly ecs: ECSClient,
    readonly elb: ElasticLoadBalancingV2Client,
    readonly name: string,
    readonly place: Place,
  ) {}

  static async create(
    stowage: TestStowage,
    name: string,
    desiredCount: number,
    server: Server = 'httpd',
  ): Promise<WebService> {
    const ecs = stowage.ecs();
    const elb = elbClient(stowage);
    const place = await listening(elb, name, { path: server === 'node' ? '/at' : '/cgi-bin/at' });
    const made = new WebService(ecs, elb, name, place);
    await made.define('v1', server);
    await ecs.send(
      new CreateServiceCommand({
        ...{ serviceName: name, taskDefinition: name, desiredCount, healthCheckGracePeriodSeconds: 10 },
        loadBalancers: [{ targetGroupArn: place.targetGroup, containerName: 'web', containerPort: 80 }],
      }),
    );
    await made.stable();
    return made;
  }

  /** Registers the next revision of its task definition. */
  async define(version: string, server: Server = 'httpd'): Promise<string> {
    const { taskDefinition } = await this.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: this.name,
        containerDefinitions: [{ ...WEB, ...containerOf(version, server) }],
        ...(server === 'node' && {
          volumes: HOST_FOLDERS.map((path) => ({ name: nameOf(path), host: { sourcePath: path } })),
        }),
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? '';
  }

  async update(changes: Omit<UpdateServiceCommandInput, 'service'>): Promise<void> {
    await this.ecs.send(new UpdateServiceCommand({ service: this.name, ...changes }));
  }

  async now(): Promise<Service> {
    const { services } = await this.ecs.send(new DescribeServicesCommand({ services: [this.name] }));
    if (!services?.[0]) throw new Error(`There is no service ${this.name}.`);
    return services[0];
  }

  stable(): Promise<void> {
    return stable(this.name, () => this.now());
  }

  async messages(): Promise<readonly string[]> {
    return ((await this.now()).events ?? []).map(({ message = '' }) => message);
  }

  healthStates(): Promise<readonly string[]> {
    return healthStatesOf(this.elb, this.place);
  }
}

export function elbClient(stowage: TestStowage): ElasticLoadBalancingV2Client {
  const {
    AWS_ENDPOINT_URL = '',
    AWS_REGION = '',
    AWS_ACCESS_KEY_ID = '',
    AWS_SECRET_ACCESS_KEY = '',
  } = stowage.variables();
  return new ElasticLoadBalancingV2Client({
    endpoint: AWS_ENDPOINT_URL,
    region: AWS_REGION,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
}
