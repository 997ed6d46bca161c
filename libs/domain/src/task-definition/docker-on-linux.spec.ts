import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { stateOf } from '../testing/given';
import { decideRegisterTaskDefinition } from './register-task-definition';

/** Every member of a container that Docker on Linux can honour. */
const everything: Required<Omit<Ecs.ContainerDefinition, NotHonoured>> = {
  name: 'web',
  image: `registry.local:5000/shop/web:1.2@sha256:${'ab'.repeat(32)}`,
  cpu: 128,
  memory: 64,
  memoryReservation: 32,
  links: ['side:api'],
  portMappings: [
    { containerPort: 80, hostPort: 8080, protocol: 'tcp', name: 'http', appProtocol: 'http' },
    { containerPortRange: '9000-9010', protocol: 'udp' },
  ],
  essential: true,
  restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 },
  entryPoint: ['/bin/sh', '-c'],
  command: ['sleep 1'],
  environment: [{ name: 'A', value: '1' }],
  mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared', readOnly: true }],
  volumesFrom: [{ sourceContainer: 'side', readOnly: true }],
  linuxParameters: {
    capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] },
    devices: [{ hostPath: '/dev/null', containerPath: '/dev/x', permissions: ['read'] }],
    initProcessEnabled: true,
    sharedMemorySize: 64,
    tmpfs: [{ containerPath: '/tmp', size: 16, mountOptions: ['noexec'] }],
    maxSwap: 64,
    swappiness: 10,
  },
  dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }],
  startTimeout: 30,
  stopTimeout: 30,
  versionConsistency: 'disabled',
  hostname: 'web',
  user: '1000:1000',
  workingDirectory: '/srv',
  disableNetworking: false,
  privileged: true,
  readonlyRootFilesystem: true,
  dnsServers: ['10.0.0.2'],
  dnsSearchDomains: ['shop.local'],
  extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.3' }],
  dockerSecurityOptions: ['no-new-privileges'],
  interactive: true,
  pseudoTerminal: true,
  dockerLabels: { team: 'web' },
  ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: -1 }],
  logConfiguration: { logDriver: 'json-file', options: { 'max-size': '1m' } },
  healthCheck: { command: ['CMD-SHELL', 'true'], interval: 5, timeout: 2, retries: 1, startPeriod: 0 },
  systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
  resourceRequirements: [{ type: 'GPU', value: '2' }],
};

/** The others, each refused by name; see unsupported.spec.ts. A new member of the model must be put on one of the lists. */
type NotHonoured =
  'credentialSpecs' | 'environmentFiles' | 'firelensConfiguration' | 'repositoryCredentials' | 'secrets';

const side: Ecs.ContainerDefinition = {
  name: 'side',
  image: 'busybox',
  memory: 16,
  essential: false,
  healthCheck: { command: ['CMD', 'true'] },
};

describe('a definition that uses all that Docker on Linux has', () => {
  const input: Ecs.RegisterTaskDefinitionRequest = {
    family: 'everything',
    executionRoleArn: 'arn:aws:iam::123456789012:role/pull',
    networkMode: 'bridge',
    containerDefinitions: [everything, side],
    volumes: [
      { name: 'shared', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, driver: 'local' } },
      { name: 'host', host: { sourcePath: '/srv' } },
      { name: 'scratch', host: {} },
    ],
    placementConstraints: [{ type: 'memberOf', expression: 'attribute:rack == 7' }],
    requiresCompatibilities: ['EC2'],
    cpu: '256',
    memory: '512',
    pidMode: 'task',
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    enableFaultInjection: false,
  };

  it('is registered as it is', () => {
    const [{ definition }] = decideRegisterTaskDefinition(stateOf([]), { input, registeredBy: 'me' });
    expect(definition).toMatchObject(input);
    expect(definition.containerDefinitions[0]).toEqual(everything);
  });

  it('shares the namespaces of processes when no container has shared memory of its own', () => {
    const containerDefinitions = [{ ...side, essential: true }];
    const shared = { input: { family: 'shared', containerDefinitions, ipcMode: 'task' as const }, registeredBy: 'me' };
    expect(decideRegisterTaskDefinition(stateOf([]), shared)[0].definition).toMatchObject({ ipcMode: 'task' });
  });
});
