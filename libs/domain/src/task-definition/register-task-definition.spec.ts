import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { given, stateOf } from '../testing/given';
import { taskDefinitionRegistered } from '../testing/events';
import { decideRegisterTaskDefinition } from './register-task-definition';
import type { RegisteredDefinition } from './records/task-definition';
import { type Overrides, withOverrides } from '../testing/overrides';

type Input = Ecs.RegisterTaskDefinitionRequest;

const registeredBy = 'arn:aws:iam::123456789012:user/ann';
const web: Ecs.ContainerDefinition = { name: 'web', image: 'busybox', memory: 32 };
const input = (rest: Overrides<Input> = {}): Input =>
  withOverrides({ family: 'shop', containerDefinitions: [web] }, rest);
const container = (rest: Overrides<Ecs.ContainerDefinition>, others: Ecs.ContainerDefinition[] = []): Input =>
  input({ containerDefinitions: [withOverrides(web, rest), ...others] });
const sidecar: Ecs.ContainerDefinition = { name: 'side', image: 'busybox', memory: 16, essential: false };
const refused = (definition: Input, message: string): void =>
  given()
    .when((state) => decideRegisterTaskDefinition(state, { input: definition, registeredBy }))
    .thenRefused('ClientException', message);
const accepted = (definition: Input): RegisteredDefinition =>
  decideRegisterTaskDefinition(stateOf([]), { input: definition, registeredBy })[0].definition;

describe('RegisterTaskDefinition', () => {
  it('keeps the given members and adds the defaults', () => {
    given()
      .when((state) => decideRegisterTaskDefinition(state, { input: input({ tags: [{ key: 'a' }] }), registeredBy }))
      .then({
        type: 'TaskDefinitionRegistered',
        version: 1,
        family: 'shop',
        revision: 1,
        definition: {
          family: 'shop',
          containerDefinitions: [
            {
              ...web,
              cpu: 0,
              essential: true,
              portMappings: [],
              environment: [],
              mountPoints: [],
              volumesFrom: [],
              systemControls: [],
            },
          ],
          volumes: [],
          placementConstraints: [],
          requiresAttributes: [],
          compatibilities: ['EXTERNAL', 'EC2'],
        },
        tags: [{ key: 'a', value: '' }],
        registeredBy,
      });
  });

  it('continues after the highest revision ever used, including deleted ones', () => {
    const ref = { family: 'shop', revision: 7 };
    const [event] = given(
      taskDefinitionRegistered('shop', 7),
      { type: 'TaskDefinitionDeregistered', version: 1, ...ref },
      { type: 'TaskDefinitionDeletionRequested', version: 1, ...ref },
      { type: 'TaskDefinitionDeleted', version: 1, ...ref },
    ).when((state) => decideRegisterTaskDefinition(state, { input: input(), registeredBy })).events;
    expect(event).toMatchObject({ family: 'shop', revision: 8 });
  });

  it('stores task sizes as whole numbers', () => {
    expect(accepted(input({ cpu: '1 vCPU', memory: '1GB' }))).toMatchObject({ cpu: '1024', memory: '1024' });
    expect(accepted(input({ cpu: '.5 vcpu', memory: '0.5 GB' }))).toMatchObject({ cpu: '512', memory: '512' });
    expect(accepted(input({ cpu: ' 256 ', memory: '512 MB' }))).toMatchObject({ cpu: '256', memory: '512' });
  });

  it.each([
    ['bridge', { containerPort: 80 }, { containerPort: 80, hostPort: 0, protocol: 'tcp' }],
    ['bridge', { containerPort: 80, hostPort: 8080 }, { containerPort: 80, hostPort: 8080, protocol: 'tcp' }],
    ['host', { containerPort: 80, protocol: 'udp' }, { containerPort: 80, hostPort: 80, protocol: 'udp' }],
    ['bridge', { containerPortRange: '80-81' }, { containerPortRange: '80-81', protocol: 'tcp' }],
  ] as const)('completes port mappings in %s mode', (networkMode, mapping, expected) => {
    const definition = accepted({ ...container({ portMappings: [mapping] }), networkMode });
    expect(definition.containerDefinitions[0]?.portMappings).toEqual([expected]);
  });

  it('completes health checks', () => {
    const definition = accepted(container({ healthCheck: { command: ['CMD', 'true'], interval: 5 } }));
    expect(definition.containerDefinitions[0]?.healthCheck).toEqual({
      command: ['CMD', 'true'],
      interval: 5,
      timeout: 5,
      retries: 3,
    });
  });

  it('computes the attributes that an instance must have', () => {
    const { requiresAttributes } = accepted({
      ...container(
        {
          image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1',
          privileged: true,
          healthCheck: { command: ['CMD', 'true'] },
          logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-region': 'r', 'awslogs-group': 'g' } },
          dependsOn: [{ containerName: 'side', condition: 'START' }],
          restartPolicy: { enabled: true },
          portMappings: [{ containerPortRange: '80-81' }],
        },
        [{ ...sidecar, logConfiguration: { logDriver: 'json-file' } }],
      ),
      executionRoleArn: 'arn:aws:iam::123456789012:role/pull',
      pidMode: 'host',
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      volumes: [{ name: 'data', dockerVolumeConfiguration: { scope: 'shared', driver: 'local' } }],
    });
    expect(requiresAttributes).toEqual([
      { name: 'com.amazonaws.ecs.capability.logging-driver.awslogs' },
      { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.19' },
      { name: 'ecs.capability.execution-role-awslogs' },
      { name: 'com.amazonaws.ecs.capability.privileged-container' },
      { name: 'com.amazonaws.ecs.capability.ecr-auth' },
      { name: 'ecs.capability.execution-role-ecr-pull' },
      { name: 'ecs.capability.container-health-check' },
      { name: 'ecs.capability.container-ordering' },
      { name: 'ecs.capability.container-restart-policy' },
      { name: 'ecs.capability.network.container-port-range' },
      { name: 'com.amazonaws.ecs.capability.logging-driver.json-file' },
      { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' },
      { name: 'ecs.capability.pid-ipc-namespace-sharing' },
      { name: 'ecs.capability.docker-plugin.local' },
      { name: 'ecs.cpu-architecture', value: 'arm64' },
    ]);
  });
});

describe('RegisterTaskDefinition rejects', () => {
  const longValue = 'x'.repeat(65_536);
  const setting = (text: string): string => `Invalid setting for container 'web'. ${text}`;
  it.each<[string, Input]>([
    ['Family can not be blank.', input({ family: '' })],
    ['Family contains invalid characters.', input({ family: 'a b' })],
    ['Container list cannot be empty.', input({ containerDefinitions: [] })],
    [
      'Too many containers.',
      input({ containerDefinitions: Array.from({ length: 11 }, (_, at) => ({ ...web, name: `c${at}` })) }),
    ],
    [
      'Container.name should not be null or empty.',
      input({ containerDefinitions: [{ image: 'busybox', memory: 32 }] }),
    ],
    ['Container.name contains invalid characters.', container({ name: 'a.b' })],
    ['Container.image should not be null or empty.', container({ image: '' })],
    ['Container.image contains invalid characters.', container({ image: 'busy box' })],
    [
      "Container names must be unique within a task definition. 'web' is specified more than once.",
      container({}, [web]),
    ],
    ["Task definition doesn't have any essential container.", container({ essential: false })],
    [setting("At least one of 'memory' or 'memoryReservation' must be specified."), container({ memory: undefined })],
    [
      setting("'memory' must be greater than or equal to 'memoryReservation'."),
      container({ memory: 32, memoryReservation: 33 }),
    ],
    [setting("'memory' must be at least 6."), container({ memory: 5 })],
    [setting("'cpu' must not be negative."), container({ cpu: -1 })],
    ["The 'memory' setting for container 'web' is greater than for the task.", input({ memory: '31' })],
    [
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
      { ...container({ cpu: 200 }, [{ ...sidecar, cpu: 100 }]), cpu: '256' },
    ],
    ["Invalid 'cpu' setting for task.", input({ cpu: 'lots' })],
    ["Invalid 'cpu' setting for task.", input({ cpu: '127' })],
    ["Invalid 'memory' setting for task.", input({ memory: '-5' })],
    ["Actual length: '65638'. Max allowed length is '65536' bytes.", container({ command: [longValue] })],
    ["Unknown volume 'data'.", container({ mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] })],
    [
      "Invalid 'mountPoints' setting for container 'web': 'containerPath' must be an absolute path.",
      { ...container({ mountPoints: [{ sourceVolume: 'v', containerPath: 'data' }] }), volumes: [{ name: 'v' }] },
    ],
    ['Volume.name should not be null or empty.', input({ volumes: [{}] })],
    [
      "Volume names must be unique within a task definition. 'v' is specified more than once.",
      input({ volumes: [{ name: 'v' }, { name: 'v' }] }),
    ],
    [
      "Invalid 'sourcePath' setting for volume 'v': it must be an absolute path.",
      input({ volumes: [{ name: 'v', host: { sourcePath: 'etc' } }] }),
    ],
    [
      "Volume 'v' cannot have both 'host' and 'dockerVolumeConfiguration'.",
      input({ volumes: [{ name: 'v', host: { sourcePath: '/etc' }, dockerVolumeConfiguration: {} }] }),
    ],
    [
      "Invalid 'volumesFrom' setting. Unknown container: 'db'.",
      container({ volumesFrom: [{ sourceContainer: 'db' }] }),
    ],
    ["Invalid 'links' setting. Unknown container: 'db'.", container({ links: ['db:database'] })],
    ["Invalid 'links' setting. Invalid alias in 'side:a.b'.", container({ links: ['side:a.b'] }, [sidecar])],
    ['Container links should not have a cycle', container({ links: ['side'] }, [{ ...sidecar, links: ['web:w'] }])],
    ['Container links should not have a cycle', container({ links: ['web'] })],
    [
      'Container dependencies should not have a cycle: web -> side -> web.',
      container({ links: ['side'] }, [{ ...sidecar, volumesFrom: [{ sourceContainer: 'web' }] }]),
    ],
    [
      'Container dependencies should not have a cycle: web -> web.',
      container({ dependsOn: [{ containerName: 'web', condition: 'START' }] }),
    ],
    [
      'Links are not supported when networkMode=host.',
      { ...container({ links: ['side'] }, [sidecar]), networkMode: 'host' },
    ],
    [
      "Cannot depend on container + 'db' because it does not exist",
      container({ dependsOn: [{ containerName: 'db', condition: 'START' }] }),
    ],
    [
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      container({ dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] }, [{ ...web, name: 'init' }]),
    ],
    [
      'A dependency container with HEALTHY condition must have health check configured',
      container({ dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }] }, [sidecar]),
    ],
    ...['0', '-1', '1.5', 'many', ''].map((value): [string, Input] => [
      "Invalid 'resourceRequirements' setting for container 'web': the value of GPU must be a whole number of at least 1.",
      container({ resourceRequirements: [{ type: 'GPU', value }] }),
    ]),
    [
      "Invalid 'resourceRequirements' setting for container 'web': GPU can be specified only once.",
      container({
        resourceRequirements: [
          { type: 'GPU', value: '1' },
          { type: 'GPU', value: '1' },
        ],
      }),
    ],
    ["Granular start timeout on container 'web' must be at least 2 seconds.", container({ startTimeout: 1 })],
    ["Granular stop timeout on container 'web' must be at least 2 seconds.", container({ stopTimeout: 0 })],
    [
      'Soft limit exceeds hard limit for ulimit nofile',
      container({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] }),
    ],
    [
      "Invalid 'restartPolicy' setting: the 'restartAttemptPeriod' setting for container 'web' must be between 60 and 1800.",
      container({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    ],
    [
      "Invalid 'healthCheck' setting for container 'web'. The command must start with CMD or CMD-SHELL, followed by what to run.",
      container({ healthCheck: { command: ['curl'] } }),
    ],
    [
      "Invalid 'healthCheck' setting for container 'web'. 'interval' must be between 5 and 300.",
      container({ healthCheck: { command: ['CMD', 'true'], interval: 4 } }),
    ],
    [
      "Invalid 'linuxParameters' setting for container 'web': 'swappiness' must be between 0 and 100.",
      container({ linuxParameters: { swappiness: 101 } }),
    ],
    [
      "constraint.type 'distinctInstance' is not supported in a task definition. Use 'memberOf'.",
      input({ placementConstraints: JSON.parse('[{"type":"distinctInstance"}]') as Input['placementConstraints'] }),
    ],
  ])('%s', (message, definition) => refused(definition, message));
});

describe('RegisterTaskDefinition rejects ports', () => {
  const ports = (...portMappings: readonly Ecs.PortMapping[]): Input => container({ portMappings });
  it.each<[string, Input]>([
    [
      'When networkMode=host, the host ports and container ports in port mappings must match.',
      { ...ports({ containerPort: 80, hostPort: 81 }), networkMode: 'host' },
    ],
    [
      'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      { ...ports({ containerPort: 80, hostPort: 81 }), networkMode: 'awsvpc' },
    ],
    [
      'Port mappings are not supported when networkMode=none.',
      { ...ports({ containerPort: 80 }), networkMode: 'none' },
    ],
    [
      "The port mapping name is already used: 'http'.",
      ports({ name: 'http', containerPort: 80 }, { name: 'http', containerPort: 81 }),
    ],
    [
      'The container port is used multiple times in task: 80/tcp.',
      ports({ containerPort: 80 }, { containerPortRange: '79-81' }),
    ],
    [
      'The host port 8080/tcp is used multiple times in task.',
      ports({ containerPort: 80, hostPort: 8080 }, { containerPort: 81, hostPort: 8080 }),
    ],
    [
      "Invalid 'portMappings' setting for container 'web': you cannot specify both single port and port range.",
      ports({ containerPort: 80, containerPortRange: '80-81' }),
    ],
    ["Invalid 'containerPortRange' setting: '81-80' is not a range of ports.", ports({ containerPortRange: '81-80' })],
    [
      "Invalid 'portMappings' setting for container 'web': a container can have at most 100 ports in ranges.",
      ports({ containerPortRange: '1000-1100' }),
    ],
    [
      "Invalid 'portMappings' setting for container 'web': 'containerPort' must be 1 to 65535.",
      ports({ hostPort: 80 }),
    ],
    [
      "Invalid 'portMappings' setting for container 'web': 'hostPort' must be 0 to 65535.",
      ports({ containerPort: 80, hostPort: 65_536 }),
    ],
  ])('%s', (message, definition) => refused(definition, message));

  it('but not a port that is published twice, or for both protocols', () => {
    accepted(ports({ containerPort: 80, hostPort: 8080 }, { containerPort: 80, hostPort: 8081 }));
    accepted(ports({ containerPort: 53, hostPort: 53 }, { containerPort: 53, hostPort: 53, protocol: 'udp' }));
  });
});
