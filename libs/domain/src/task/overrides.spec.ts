import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { Refusal } from '../refusal';
import type { RegisteredDefinition } from '../task-definition/records/task-definition';
import { checkOverrides, overriddenContainer } from './overrides';

const container: Ecs.ContainerDefinition = {
  name: 'web',
  image: 'busybox',
  memory: 64,
  command: ['sh'],
  environment: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
};
const definition: RegisteredDefinition = { family: 'web', containerDefinitions: [container] };
const refused = (overrides: Ecs.TaskOverride): unknown => {
  try {
    checkOverrides(definition, overrides);
  } catch (error) {
    return error;
  }
  return undefined;
};
const web = (override: Ecs.ContainerOverride): Ecs.TaskOverride => ({
  containerOverrides: [{ name: 'web', ...override }],
});

describe('overrides', () => {
  it.each<[string, Ecs.TaskOverride]>([
    [
      'Override for container named api is not a container in the TaskDefinition.',
      { containerOverrides: [{ name: 'api' }] },
    ],
    ['Container Overrides length must be at most 8192', web({ command: ['x'.repeat(8192)] })],
    ["The override 'taskRoleArn' is not supported.", { taskRoleArn: 'arn:aws:iam::1:role/r' }],
    ["The override 'ephemeralStorage' is not supported.", { ephemeralStorage: { sizeInGiB: 21 } }],
    ["The override 'environmentFiles' is not supported.", web({ environmentFiles: [{ value: 'x', type: 's3' }] })],
    [
      "The override 'resourceRequirements InferenceAccelerator' is not supported.",
      web({ resourceRequirements: [{ type: 'InferenceAccelerator', value: 'd' }] }),
    ],
    [
      "Invalid setting for container 'web'. 'resourceRequirements': the value of GPU must be a whole number of at least 1.",
      web({ resourceRequirements: [{ type: 'GPU', value: 'two' }] }),
    ],
    ["Invalid 'cpu' setting for task.", { cpu: 'much' }],
    ["Invalid 'memory' setting for task.", { memory: '-1' }],
    ["Invalid setting for container 'web'. 'cpu' must not be negative.", web({ cpu: -1 })],
    ["Invalid setting for container 'web'. 'memory' must be at least 6.", web({ memory: 5 })],
    [
      "Invalid setting for container 'web'. 'memory' must be greater than or equal to 'memoryReservation'.",
      web({ memoryReservation: 65 }),
    ],
    [
      "Invalid setting for container 'web'. Environment variable names must not be empty or hold '='.",
      web({ environment: [{ value: 'x' }] }),
    ],
    [
      "Invalid setting for container 'web'. Environment variable names must not be empty or hold '='.",
      web({ environment: [{ name: 'A=B', value: 'x' }] }),
    ],
    [
      "The container override for 'web' is specified more than once.",
      { containerOverrides: [{ name: 'web' }, { name: 'web' }] },
    ],
  ])('are rejected: %s', (message, overrides) => {
    expect(refused(overrides)).toEqual(new Refusal('InvalidParameterException', message));
  });

  it('are accepted for members that a container may override', () => {
    expect(refused({ cpu: '1 vCPU', memory: '1GB', executionRoleArn: 'arn:aws:iam::1:role/r' })).toBeUndefined();
    expect(refused(web({ command: ['ls'], cpu: 2, memory: 128, memoryReservation: 65 }))).toBeUndefined();
    expect(refused(web({ resourceRequirements: [{ type: 'GPU', value: '2' }] }))).toBeUndefined();
    expect(refused({ containerOverrides: [], inferenceAcceleratorOverrides: [] })).toBeUndefined();
  });

  it('replace the command and merge the environment by name', () => {
    const environment = [
      { name: 'C', value: '3' },
      { name: 'A', value: '9' },
    ];
    expect(overriddenContainer(container, web({ command: [], environment }))).toEqual({
      ...container,
      command: [],
      environment: [{ name: 'A', value: '9' }, { name: 'B', value: '2' }, environment[0]],
    });
  });

  it('do not affect other containers', () => {
    expect(overriddenContainer({ name: 'other' }, web({ cpu: 5 }))).toEqual({ name: 'other' });
  });
});
