import { clusterName, type Ecs, instanceId } from '@stowage/domain';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RawAnswer, startTestGateway, type TestGateway } from '../../../test/support/gateway';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  expect((await gateway.call('CreateCluster', {})).status).toBe(200);
});
afterAll(() => gateway.close());

const register = (family: string, rest: object, container: object = { memory: 16 }) =>
  gateway.call('RegisterTaskDefinition', {
    family,
    ...rest,
    containerDefinitions: [{ name: 'main', image: 'busybox', ...container }],
  });

async function registerInstance(): Promise<void> {
  const answer = await gateway.call('RegisterContainerInstance', {
    instanceIdentityDocument: '',
    instanceIdentityDocumentSignature: '',
    containerInstanceArn: '',
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
      { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
      { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
    ],
    attributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
  });
  expect(answer.status, answer.text).toBe(200);
  const { containerInstance } = answer.json as { readonly containerInstance: Ecs.ContainerInstance };
  const instance = instanceId(containerInstance.containerInstanceArn?.split('/').at(-1) ?? '');
  const cluster = clusterName('default');
  await gateway.commit({ type: 'InstanceConnectionChanged', version: 1, cluster, instance, connected: true });
}

function elb(action: string, parameters: string): Promise<RawAnswer> {
  return gateway.send({
    service: 'elasticloadbalancing',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=${action}&Version=2015-12-01&${parameters}`,
  });
}

it('creates the target group that Terraform describes with blank parameters', async () => {
  const blanks = 'ProtocolVersion=&IpAddressType=&TargetType=&HealthCheckProtocol=&HealthCheckPort=&HealthCheckPath=';
  const answer = await elb('CreateTargetGroup', `Name=tf&Port=80&Protocol=HTTP&${blanks}`);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text).toContain('<HealthCheckPort>traffic-port</HealthCheckPort>');
  expect(answer.text).toContain('<ProtocolVersion>HTTP1</ProtocolVersion>');
});

it('describes services in the default cluster when Terraform sends a blank one', async () => {
  const answer = await gateway.call('DescribeServices', { cluster: '', services: ['none'] });
  expect(answer.status, answer.text).toBe(200);
});

it('registers a definition with the blank roles of ecs-deploy and blank settings of the task', async () => {
  const blank = Object.fromEntries(
    ['taskRoleArn', 'executionRoleArn', 'networkMode', 'cpu', 'memory', 'pidMode', 'ipcMode'].map((name) => [name, '']),
  );
  const container = { memory: 0, memoryReservation: 16, logConfiguration: {}, hostname: '', user: '' };
  const answer = await register('blank', blank, container);
  expect(answer.status, answer.text).toBe(200);
  const { taskDefinition } = answer.json as { readonly taskDefinition: Record<string, unknown> };
  for (const name of Object.keys(blank)) expect(taskDefinition).not.toHaveProperty(name);
  expect(taskDefinition['containerDefinitions']).toMatchObject([{ memoryReservation: 16 }]);
  expect(answer.text).not.toMatch(/"memory"|"logConfiguration"|"hostname"|"user"/);
});

it('runs the task that Terraform describes with blank overrides', async () => {
  expect((await register('run', {})).status).toBe(200);
  const overrides = {
    ...{ taskRoleArn: '', executionRoleArn: '', cpu: '', memory: '' },
    containerOverrides: [{ name: 'main', cpu: 0, memory: 0, memoryReservation: 0, command: ['true'] }],
  };
  const blank = { cluster: '', group: '', launchType: '', platformVersion: '', startedBy: '', clientToken: '' };
  await registerInstance();
  const answer = await gateway.call('RunTask', { taskDefinition: 'run', ...blank, overrides });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json).toMatchObject({
    tasks: [{ memory: '16', overrides: { containerOverrides: [{ name: 'main', command: ['true'] }] } }],
    failures: [],
  });
  expect(answer.text).not.toContain('"startedBy"');
});

it('keeps the meaning of 0, of empty lists and of blank texts that are values', async () => {
  expect((await register('kept', {})).status).toBe(200);
  const none = await gateway.call('RunTask', { taskDefinition: 'kept', count: 0 });
  expect(none.json).toMatchObject({ message: 'Count must be between 1 and 10.' });

  const container = {
    ...{ memory: 16, command: [], environment: [{ name: 'EMPTY', value: '' }] },
    portMappings: [{ containerPort: 80, hostPort: 0 }],
    linuxParameters: { maxSwap: 0, swappiness: 0 },
    healthCheck: { command: ['CMD', 'true'], startPeriod: 0 },
  };
  const kept = await register('kept', { tags: [{ key: 'empty', value: '' }] }, container);
  expect(kept.status, kept.text).toBe(200);
  expect(kept.json).toMatchObject({
    taskDefinition: { containerDefinitions: [container] },
    tags: [{ key: 'empty', value: '' }],
  });
  const stopped = await register('kept', {}, { memory: 16, stopTimeout: 0 });
  expect(stopped.text).toContain("Granular stop timeout on container 'main' must be at least 2 seconds.");

  const service = { serviceName: 'kept', taskDefinition: 'kept', desiredCount: 0 };
  const created = await gateway.call('CreateService', {
    ...service,
    placementStrategy: [{ type: 'spread', field: 'host' }],
  });
  expect(created.json, created.text).toMatchObject({ service: { desiredCount: 0, placementStrategy: [{}] } });
  const cleared = await gateway.call('UpdateService', { service: 'kept', placementStrategy: [] });
  expect(cleared.json, cleared.text).toMatchObject({ service: { placementStrategy: [] } });
});

it('clears the members that a blank value clears', async () => {
  const withNamespace = { cluster: 'default', serviceConnectDefaults: { namespace: 'shop' } };
  expect((await gateway.call('UpdateCluster', withNamespace)).text).toContain('"namespace":"shop"');
  const blank = { cluster: 'default', serviceConnectDefaults: { namespace: '' } };
  const cleared = await gateway.call('UpdateCluster', blank);
  expect(cleared.status, cleared.text).toBe(200);
  expect(cleared.text).not.toContain('serviceConnectDefaults');
});

it('rejects blank required members of any kind with an error that names them', async () => {
  const logs = await register('refused', {}, { memory: 16, logConfiguration: { logDriver: '' } });
  expect(logs.text).toContain('logConfiguration.logDriver can not be blank.');
  const filtered = await gateway.call('ListTasks', { serviceName: '' });
  expect(filtered.status).toBe(400);
  const group = await elb('CreateTargetGroup', 'Name=');
  expect(group.text).toContain('Name can not be blank.');
});
