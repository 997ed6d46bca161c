import { describe, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { given } from '../testing/given';
import { decideRegisterTaskDefinition } from './register-task-definition';
import { type Overrides, withOverrides } from '../testing/overrides';

type Input = Ecs.RegisterTaskDefinitionRequest;

const registeredBy = 'arn:aws:iam::123456789012:root';
const web: Ecs.ContainerDefinition = { name: 'web', image: 'busybox', memory: 32 };
const input = (rest: Overrides<Input> = {}): Input =>
  withOverrides({ family: 'shop', containerDefinitions: [web] }, rest);
const container = (rest: Overrides<Ecs.ContainerDefinition>): Input =>
  input({ containerDefinitions: [withOverrides(web, rest)] });
const register = (definition: Input) =>
  given().when((state) => decideRegisterTaskDefinition(state, { input: definition, registeredBy }));

describe('a setting that cannot be honoured is rejected with an error that names it', () => {
  const onWeb = "on container 'web' is not supported: ";
  it.each<[string, Input]>([
    [
      "The setting 'taskRoleArn' is not supported: tasks cannot receive the credentials of an IAM role.",
      input({ taskRoleArn: 'arn:aws:iam::123456789012:role/task' }),
    ],
    [
      "The setting 'proxyConfiguration' is not supported: App Mesh is not available.",
      input({ proxyConfiguration: { containerName: 'web' } }),
    ],
    [
      "The setting 'inferenceAccelerators' is not supported: Elastic Inference accelerators are not available.",
      input({ inferenceAccelerators: [{ deviceName: 'd', deviceType: 't' }] }),
    ],
    [
      "The setting 'ephemeralStorage' is not supported: it applies only to Fargate.",
      input({ ephemeralStorage: { sizeInGiB: 30 } }),
    ],
    [
      "The setting 'enableFaultInjection' is not supported: faults cannot be injected.",
      input({ enableFaultInjection: true }),
    ],
    [
      "The setting 'runtimePlatform.operatingSystemFamily' is not supported: container instances run LINUX, not WINDOWS_SERVER_2022_CORE.",
      input({ runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } }),
    ],
    [
      `The setting 'secrets' ${onWeb}Secrets Manager and Parameter Store are not available yet.`,
      container({ secrets: [{ name: 'A', valueFrom: 'a' }] }),
    ],
    [
      `The setting 'repositoryCredentials' ${onWeb}Secrets Manager is not available; configure registry credentials on the container instance.`,
      container({ repositoryCredentials: { credentialsParameter: 'a' } }),
    ],
    [
      `The setting 'environmentFiles' ${onWeb}S3 is not available.`,
      container({ environmentFiles: [{ value: 'arn:aws:s3:::b/f.env', type: 's3' }] }),
    ],
    [
      `The setting 'firelensConfiguration' ${onWeb}FireLens routers are not supported.`,
      container({ firelensConfiguration: { type: 'fluentbit' } }),
    ],
    [
      `The setting 'credentialSpecs' ${onWeb}gMSA credential specs are not supported.`,
      container({ credentialSpecs: ['credentialspec:x'] }),
    ],
    [
      `The setting 'resourceRequirements InferenceAccelerator' ${onWeb}Elastic Inference accelerators are not available.`,
      container({ resourceRequirements: [{ type: 'InferenceAccelerator', value: 'd' }] }),
    ],
    [
      `The setting 'resourceRequirements NeuronDevice' ${onWeb}Neuron devices are not available.`,
      container({ resourceRequirements: [{ type: 'NeuronDevice', value: 'ALL' }] }),
    ],
    [
      `The setting 'resourceRequirements GPU with value ALL' ${onWeb}request GPUs by number.`,
      container({ resourceRequirements: [{ type: 'GPU', value: 'ALL' }] }),
    ],
    [
      `The setting 'resourceRequirements GPU with sharingStrategy' ${onWeb}a GPU is assigned to one container.`,
      container({ resourceRequirements: [{ type: 'GPU', value: '1', sharingStrategy: {} }] }),
    ],
    [
      `The setting 'logDriver awsfirelens' ${onWeb}FireLens routers are not supported.`,
      container({ logConfiguration: { logDriver: 'awsfirelens' } }),
    ],
    [
      `The setting 'secretOptions' ${onWeb}Secrets Manager is not available yet.`,
      container({ logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'A', valueFrom: 'a' }] } }),
    ],
    [
      "The setting 'efsVolumeConfiguration' on volume 'v' is not supported: EFS is not available.",
      input({ volumes: [{ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] }),
    ],
    [
      "The setting 'configuredAtLaunch' on volume 'v' is not supported: EBS volumes are not available.",
      input({ volumes: [{ name: 'v', configuredAtLaunch: true }] }),
    ],
    [
      "The setting 'networkMode awsvpc' is not supported: container instances have no elastic network interfaces yet.",
      input({ networkMode: 'awsvpc' }),
    ],
    [
      "The setting 'requiresCompatibilities MANAGED_INSTANCES' is not supported: managed instances are not available.",
      input({ requiresCompatibilities: ['MANAGED_INSTANCES'] }),
    ],
    [
      "The setting 'requiresCompatibilities FARGATE' is not supported: Fargate tasks need networkMode 'awsvpc', which container instances do not support yet.",
      input({ requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '256', memory: '1024' }),
    ],
  ])('%s', (message, definition) => register(definition).thenRefused('ClientException', message));

  it('but empty and false values are accepted', () => {
    const nothing = container({ secrets: [], environmentFiles: [], resourceRequirements: [], credentialSpecs: [] });
    for (const definition of [
      nothing,
      input({
        inferenceAccelerators: [],
        enableFaultInjection: false,
        volumes: [{ name: 'v', configuredAtLaunch: false }],
      }),
      input({ requiresCompatibilities: ['EC2', 'EXTERNAL'], executionRoleArn: 'arn:aws:iam::123456789012:role/pull' }),
    ]) {
      if (register(definition).events.length !== 1) throw new Error('not registered');
    }
  });
});

describe('a mistake in a Fargate definition is reported before the missing support', () => {
  const fargate = (rest: Overrides<Input>): Input =>
    input({ requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '256', memory: '512', ...rest });
  it.each<[string, Input]>([
    ['Fargate only supports network mode ‘awsvpc’.', fargate({ networkMode: 'bridge' })],
    ["Fargate requires that 'cpu' be defined at the task level.", fargate({ cpu: undefined })],
    ["Fargate requires that 'memory' be defined at the task level.", fargate({ memory: undefined })],
    [
      'No Fargate configuration exists for given values: 256 CPU, 1536 memory. See the Amazon ECS documentation for the valid values.',
      fargate({ memory: '1536' }),
    ],
    [
      "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
      fargate({ pidMode: 'host' }),
    ],
  ])('%s', (message, definition) => register(definition).thenRefused('ClientException', message));

  it.each<[string, Partial<Ecs.ContainerDefinition>]>([
    ['hostname is not supported on container when networkMode=awsvpc.', { hostname: 'web' }],
    [
      'Extra hosts are not supported on container when networkMode=awsvpc.',
      { extraHosts: [{ hostname: 'a', ipAddress: '10.0.0.1' }] },
    ],
    ['Disable Networking is not supported on container when networkMode=awsvpc.', { disableNetworking: true }],
    ['Links are not supported when networkMode=awsvpc.', { links: ['web'] }],
  ])('%s', (message, rest) => {
    register({ ...container(rest), networkMode: 'awsvpc' }).thenRefused('ClientException', message);
  });
});
