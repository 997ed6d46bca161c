import {
  clusterName,
  decideRegisterTaskDefinition,
  type Ecs,
  instanceId,
  type RegisteredDefinition,
  sizeTask,
  taskId,
  type WorkItem,
} from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../../../libs/domain/src/testing/given';
import { checkOverrides } from '../../../../../libs/domain/src/task/overrides';
import { placesIn, wholeInput, withValueAt } from '../../../../../test/support/api-model';
import { pinImages } from '../../../../scheduler/src/core/pin-images';
import { containerOptions } from './container-options';
import type { HostFacts } from './host-facts';
import { planTask } from '../tasks/task-plan';

/**
 * Every member of a task definition and of a task's overrides is either used or rejected with an error that names it.
 * Two definitions contain every supported member, with different values. If one value replaces the other, the create
 * request for Docker, the plan of the agent or the placement must change.
 */
type Input = Ecs.RegisterTaskDefinitionRequest;
type Path = readonly (string | number)[];

const DIGESTS = { web: 'sha256:web', side: 'sha256:side', other: 'sha256:other' };
const ROLE = 'arn:aws:iam::123456789012:role';

const others: readonly Ecs.ContainerDefinition[] = ['side', 'other'].map((name) => ({
  ...{ name, image: 'busybox', memory: 16, essential: false },
  healthCheck: { command: ['CMD', 'true'] },
}));

const a: Input = {
  family: 'shop',
  executionRoleArn: `${ROLE}/a`,
  networkMode: 'bridge',
  containerDefinitions: [
    {
      name: 'web',
      image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1',
      cpu: 128,
      memory: 64,
      memoryReservation: 32,
      links: ['side:a'],
      portMappings: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp', name: 'http', appProtocol: 'http' }],
      essential: true,
      restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 },
      entryPoint: ['/bin/sh'],
      command: ['a'],
      environment: [{ name: 'A', value: '1' }],
      mountPoints: [{ sourceVolume: 'made', containerPath: '/a', readOnly: true }],
      volumesFrom: [{ sourceContainer: 'side', readOnly: true }],
      linuxParameters: {
        capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] },
        devices: [{ hostPath: '/dev/null', containerPath: '/dev/a', permissions: ['read'] }],
        initProcessEnabled: true,
        sharedMemorySize: 64,
        tmpfs: [{ containerPath: '/t', size: 16, mountOptions: ['noexec'] }],
        maxSwap: 64,
        swappiness: 10,
      },
      dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }],
      startTimeout: 30,
      stopTimeout: 30,
      versionConsistency: 'disabled',
      hostname: 'a',
      user: '1',
      workingDirectory: '/a',
      disableNetworking: false,
      privileged: true,
      readonlyRootFilesystem: true,
      dnsServers: ['10.0.0.1'],
      dnsSearchDomains: ['a'],
      extraHosts: [{ hostname: 'a', ipAddress: '10.0.0.1' }],
      dockerSecurityOptions: ['no-new-privileges'],
      interactive: true,
      pseudoTerminal: true,
      dockerLabels: { a: 'a' },
      ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }],
      logConfiguration: { logDriver: 'json-file', options: { tag: 'a' } },
      healthCheck: { command: ['CMD', 'a'], interval: 5, timeout: 2, retries: 1, startPeriod: 0 },
      systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }],
      resourceRequirements: [{ type: 'GPU', value: '1' }],
    },
    ...others,
  ],
  volumes: [
    { name: 'made', dockerVolumeConfiguration: volume('a', true, 'shared') },
    { name: 'host', host: { sourcePath: '/a' } },
  ],
  placementConstraints: [{ type: 'memberOf', expression: 'attribute:a == 1' }],
  requiresCompatibilities: ['EC2'],
  cpu: '512',
  memory: '512',
  pidMode: 'task',
  tags: [{ key: 'a', value: 'a' }],
  runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
};

function volume(name: string, autoprovision: boolean, scope: 'shared' | 'task'): Ecs.DockerVolumeConfiguration {
  return { scope, autoprovision, driver: name, driverOpts: { [name]: name }, labels: { [name]: name } };
}

const b: Input = {
  family: 'other',
  executionRoleArn: `${ROLE}/b`,
  networkMode: 'host',
  containerDefinitions: [
    {
      name: 'renamed',
      image: 'busybox:2',
      cpu: 256,
      memory: 65,
      memoryReservation: 33,
      links: ['other:b'],
      portMappings: [
        {
          ...{ containerPort: 81, hostPort: 8081, containerPortRange: '80-81' },
          ...{ protocol: 'udp', name: 'grpc', appProtocol: 'grpc' },
        },
      ],
      essential: false,
      restartPolicy: { enabled: false, ignoredExitCodes: [1], restartAttemptPeriod: 61 },
      entryPoint: ['/bin/ash'],
      command: ['b'],
      environment: [{ name: 'B', value: '2' }],
      mountPoints: [{ sourceVolume: 'host', containerPath: '/b', readOnly: false }],
      volumesFrom: [{ sourceContainer: 'other', readOnly: false }],
      linuxParameters: {
        capabilities: { add: ['SYS_TIME'], drop: ['CHOWN'] },
        devices: [{ hostPath: '/dev/zero', containerPath: '/dev/b', permissions: ['write'] }],
        initProcessEnabled: false,
        sharedMemorySize: 65,
        tmpfs: [{ containerPath: '/u', size: 17, mountOptions: ['ro'] }],
        maxSwap: 65,
        swappiness: 11,
      },
      dependsOn: [{ containerName: 'other', condition: 'START' }],
      startTimeout: 31,
      stopTimeout: 31,
      versionConsistency: 'enabled',
      hostname: 'b',
      user: '2',
      workingDirectory: '/b',
      disableNetworking: true,
      privileged: false,
      readonlyRootFilesystem: false,
      dnsServers: ['10.0.0.2'],
      dnsSearchDomains: ['b'],
      extraHosts: [{ hostname: 'b', ipAddress: '10.0.0.2' }],
      dockerSecurityOptions: ['apparmor:b'],
      interactive: false,
      pseudoTerminal: false,
      dockerLabels: { b: 'b' },
      ulimits: [{ name: 'nproc', softLimit: 2, hardLimit: 3 }],
      logConfiguration: { logDriver: 'journald', options: { labels: 'b' } },
      healthCheck: { command: ['CMD-SHELL', 'b'], interval: 6, timeout: 3, retries: 2, startPeriod: 1 },
      systemControls: [{ namespace: 'net.ipv4.ip_forward', value: '2' }],
      resourceRequirements: [{ type: 'NeuronDevice', value: '2' }],
    },
  ],
  volumes: [{ name: 'else', host: { sourcePath: '/b' }, dockerVolumeConfiguration: volume('b', false, 'task') }],
  placementConstraints: [{ type: 'distinctInstance' as 'memberOf', expression: 'attribute:b == 1' }],
  requiresCompatibilities: ['EXTERNAL'],
  cpu: '1024',
  memory: '1024',
  pidMode: 'host',
  tags: [{ key: 'b', value: 'b' }],
  ipcMode: 'host',
  runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' },
  enableFaultInjection: true,
};

/** A base definition without the members that exclude others. */
const plain: Input = {
  family: 'plain',
  containerDefinitions: [
    { name: 'web', image: 'busybox', memory: 16 },
    { ...others[0], essential: true },
  ],
  volumes: [{ name: 'made' }],
};

/** Members with only one accepted value, and the error for another value. */
const ONE_VALUE: Readonly<Record<string, string>> = {
  'placementConstraints.0.type':
    "constraint.type 'distinctInstance' is not supported in a task definition. Use 'memberOf'.",
  'containerDefinitions.0.resourceRequirements.0.type':
    "The setting 'resourceRequirements NeuronDevice' on container 'web' is not supported: Neuron devices are not available.",
  'runtimePlatform.operatingSystemFamily':
    "The setting 'runtimePlatform.operatingSystemFamily' is not supported: container instances run LINUX, not WINDOWS_SERVER_2022_CORE.",
  enableFaultInjection: "The setting 'enableFaultInjection' is not supported: faults cannot be injected.",
};

/** Members that are stored and returned, but change nothing by themselves. */
const SHOWN_ONLY: Readonly<Record<string, string>> = {
  'tags.0.key': 'Services and RunTask copy tags to tasks.',
  'tags.0.value': 'Services and RunTask copy tags to tasks.',
  'requiresCompatibilities.0': 'Every definition that is accepted suits EC2 and EXTERNAL.',
  'containerDefinitions.0.portMappings.0.name': 'Service Connect, which services reject, refers to it.',
  'containerDefinitions.0.portMappings.0.appProtocol': 'Service Connect, which services reject, uses it.',
};

const HOST: HostFacts = {
  ...{ instance: instanceId('i'), bindIp: '0.0.0.0', limitEachContainer: false },
  ...{ logFiles: { files: 1, fileMib: 1 }, portRanges: new Map() },
};

function registered(input: Input): RegisteredDefinition {
  return decideRegisterTaskDefinition(stateOf([]), { input, registeredBy: 'me' })[0].definition;
}

/**
 * Returns the results of a definition with overrides: the placement, the plan of the agent, and the create requests for
 * Docker.
 */
function effects(definition: RegisteredDefinition, overrides: Ecs.TaskOverride = {}): unknown {
  const revision = { id: '1', taskDefinition: { family: '', revision: 1 }, launchType: 'EC2', createdAt: 0 } as const;
  const sized = pinImages(sizeTask(definition, overrides), definition, { ...revision, imageDigests: DIGESTS });
  const item: WorkItem = {
    ...{ task: taskId('t'), taskArn: 'task', cluster: clusterName('c'), clusterArn: 'cluster', group: 'g', overrides },
    ...{ taskDefinition: { family: definition.family, revision: 1 }, desiredStatus: 'RUNNING', lastStatus: 'PENDING' },
    containers: [],
  };
  const plan = planTask(item, definition, { defaultStopTimeoutMs: 1_000, digest: (text) => text.padEnd(20, '-') });
  return {
    placed: [sized, definition.requiresAttributes, definition.placementConstraints],
    plan: {
      ...{ volumes: plan.volumes, limits: plan.limits, pauseName: plan.pauseName },
      containers: plan.containers.map(({ definition: _, ...derived }) => derived),
    },
    bodies: plan.containers.map((container) => containerOptions(plan, container, HOST)),
  };
}

/** Returns the effects as text, or the reason why there are none. */
function outcome(attempt: () => unknown): string {
  try {
    return JSON.stringify(attempt());
  } catch (error) {
    return `rejected: ${(error as Error).message}`;
  }
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], input);
}

const SCALARS = ['string', 'integer', 'long', 'double', 'boolean', 'map'];
/**
 * Returns the paths of members and of lists of texts. The entries of maps are left out, because the client chooses
 * their names.
 */
const leaves = (operation: string): readonly Path[] =>
  placesIn(operation)
    .filter(({ type, path }) => SCALARS.includes(type) && path.at(-1) !== 'key')
    .map(({ path }) => path)
    .concat(
      placesIn(operation).flatMap(({ path, structure }) =>
        structure === 'Tag' && path.at(-1) === 'key' ? [path] : [],
      ),
    );

/** Returns the shortest part of `path` that none of the inputs has. */
function absentPart(path: Path, inputs: readonly unknown[] = [a, b]): Path | undefined {
  const lengths = path.map((_, at) => at + 1);
  const length = lengths.find((each) => inputs.every((input) => valueAt(input, path.slice(0, each)) === undefined));
  return length === undefined ? undefined : path.slice(0, length);
}

describe('every member of a task definition', () => {
  const whole = wholeInput('RegisterTaskDefinition');
  const withValue = (base: Input, path: Path, value: unknown): string =>
    outcome(() => effects(registered(withValueAt(base, path, value) as Input)));
  const unchanged = [a, plain].map((base) => outcome(() => effects(registered(base))));

  it.each(leaves('RegisterTaskDefinition').map((path) => [path.join('.'), path] as const))(
    '%s is used, or rejected with an error that names it',
    (name, path) => {
      const absent = absentPart(path);
      if (absent) {
        const found = withValue(a, absent, valueAt(whole, absent));
        expect(found).toMatch(/^rejected: /);
        expect(found).toContain(String(absent.findLast((step) => typeof step === 'string')));
        return;
      }
      if (name in ONE_VALUE) {
        expect(withValue(a, path, valueAt(b, path))).toBe(`rejected: ${ONE_VALUE[name]!}`);
        return;
      }
      const results = [a, plain].flatMap((base) =>
        [valueAt(a, path), valueAt(b, path), undefined].map((value) => withValue(base, path, value)),
      );
      const others = results.filter((each) => !unchanged.includes(each) && !each.startsWith('rejected: '));
      expect(others.length > 0, results.join('\n')).toBe(!(name in SHOWN_ONLY));
    },
  );

  it('is kept as it was sent', () => {
    const { tags: _, ...sent } = a;
    expect(registered(a)).toMatchObject(sent);
  });

  it('has different values in the two definitions', () => {
    for (const each of unchanged) expect(each).toMatch(/^\{/);
    for (const path of leaves('RegisterTaskDefinition').filter((each) => !absentPart(each))) {
      expect(valueAt(b, path), path.join('.')).not.toEqual(valueAt(a, path));
    }
  });
});

describe('every member of overrides', () => {
  const whole = wholeInput('RunTask');
  const definition = registered(a);
  const one: Ecs.TaskOverride = {
    ...{ cpu: '600', memory: '600', executionRoleArn: `${ROLE}/a` },
    containerOverrides: [
      {
        name: 'web',
        command: ['one'],
        environment: [{ name: 'ONE', value: '1' }],
        ...{ cpu: 1, memory: 70, memoryReservation: 40 },
        resourceRequirements: [{ type: 'GPU', value: '3' }],
      },
    ],
  };
  const two: Ecs.TaskOverride = {
    ...{ cpu: '700', memory: '700', executionRoleArn: `${ROLE}/b` },
    containerOverrides: [
      {
        name: 'side',
        command: ['two'],
        environment: [{ name: 'TWO', value: '2' }],
        ...{ cpu: 2, memory: 71, memoryReservation: 41 },
        resourceRequirements: [{ type: 'NeuronDevice', value: '4' }],
      },
    ],
  };
  const shownOnly = ['executionRoleArn'];
  const oneValue: Readonly<Record<string, string>> = {
    'containerOverrides.0.resourceRequirements.0.type':
      "The override 'resourceRequirements NeuronDevice' is not supported.",
  };
  const withValue = (path: Path, value: unknown): string => {
    const overrides = withValueAt(one, path, value) as Ecs.TaskOverride;
    return outcome(() => {
      checkOverrides(definition, overrides);
      return effects(definition, overrides);
    });
  };
  const ofOverrides = leaves('RunTask').flatMap(([first, ...path]) => (first === 'overrides' ? [path] : []));

  it.each(ofOverrides.map((path) => [path.join('.'), path] as const))(
    '%s is used, or rejected with an error that names it',
    (name, path) => {
      const before = withValue(path, valueAt(one, path));
      const absent = absentPart(path, [one, two]);
      if (absent) {
        const found = withValue(absent, valueAt(whole, ['overrides', ...absent]));
        expect(found).toMatch(/^rejected: /);
        expect(found).toContain(String(absent.findLast((step) => typeof step === 'string')));
      } else if (name in oneValue) {
        expect(withValue(path, valueAt(two, path))).toBe(`rejected: ${oneValue[name]!}`);
      } else {
        const results = [withValue(path, valueAt(two, path)), withValue(path, undefined)];
        const others = results.filter((each) => each !== before && !each.startsWith('rejected: '));
        expect(others.length > 0, results.join('\n')).toBe(!shownOnly.includes(name));
      }
    },
  );
});
