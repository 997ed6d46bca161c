import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import type { RegisteredDefinition } from '../task-definition/records/task-definition';
import { sizeTask } from './task-sizing';
import { type Overrides, withOverrides } from '../testing/overrides';

const definition = (
  containerDefinitions: readonly Ecs.ContainerDefinition[],
  rest: Overrides<RegisteredDefinition> = {},
): RegisteredDefinition => withOverrides({ family: 'web', containerDefinitions }, rest);

describe('sizing a task', () => {
  it('sums the requests of the containers and prefers the reservation to the limit', () => {
    const sized = sizeTask(
      definition([
        { name: 'a', image: 'a', cpu: 100, memory: 300, memoryReservation: 200 },
        { name: 'b', image: 'b', memory: 64 },
      ]),
    );
    expect(sized).toMatchObject({ cpu: '100', memory: '264', resources: { cpu: 100, memory: 264 } });
  });

  it("reserves the task's own sizes if it has them", () => {
    const sized = sizeTask(definition([{ name: 'a', cpu: 10, memory: 32 }], { cpu: '512', memory: '1024' }));
    expect(sized).toMatchObject({ cpu: '512', memory: '1024', resources: { cpu: 512, memory: 1024 } });
  });

  it('lets overrides replace sizes of the containers and of the task', () => {
    const base = definition([{ name: 'a', cpu: 10, memory: 32 }]);
    const container = sizeTask(base, { containerOverrides: [{ name: 'a', cpu: 20, memory: 64 }] });
    expect(container.resources).toMatchObject({ cpu: 20, memory: 64 });
    expect(container.containers[0]).toMatchObject({ cpu: '20', memory: '64' });
    expect(sizeTask(base, { cpu: '1 vCPU', memory: '.5GB' })).toMatchObject({ cpu: '1024', memory: '512' });
  });

  it('reserves fixed host ports by protocol, and no dynamic ones', () => {
    const portMappings: Ecs.PortMapping[] = [
      { containerPort: 80, hostPort: 8080, protocol: 'tcp' },
      { containerPort: 53, hostPort: 53, protocol: 'udp' },
      { containerPort: 81, hostPort: 0 },
      { containerPort: 82 },
      { containerPortRange: '9000-9002' },
    ];
    const { resources } = sizeTask(definition([{ name: 'a', memory: 32, portMappings }]));
    expect(resources).toMatchObject({ ports: [8080], portsUdp: [53] });
  });

  it('reserves every container port including ranges in host mode, and none without a network', () => {
    const containers = [{ name: 'a', portMappings: [{ containerPort: 80 }, { containerPortRange: '90-92' }] }];
    expect(sizeTask(definition(containers, { networkMode: 'host' })).resources.ports).toEqual([80, 90, 91, 92]);
    expect(sizeTask(definition(containers, { networkMode: 'none' })).resources.ports).toEqual([]);
  });

  it('sums the GPUs and applies their overrides', () => {
    const gpus = (value: string): readonly Ecs.ResourceRequirement[] => [{ type: 'GPU', value }];
    const base = definition([
      { name: 'a', memory: 32, resourceRequirements: gpus('2') },
      { name: 'b', memory: 32 },
      { name: 'c', memory: 32, resourceRequirements: gpus('1') },
    ]);
    expect(sizeTask(base)).toMatchObject({ resources: { gpus: 3 }, containerGpus: [2, 0, 1] });
    const overrides = {
      containerOverrides: [
        { name: 'b', resourceRequirements: gpus('4') },
        { name: 'c', resourceRequirements: [] },
      ],
    };
    expect(sizeTask(base, overrides)).toMatchObject({ resources: { gpus: 7 }, containerGpus: [2, 4, 1] });
  });

  it('describes each container for readers', () => {
    const { containers } = sizeTask(
      definition([
        { name: 'a', image: 'busybox', memoryReservation: 16, essential: false },
        { name: 'b', image: 'nginx', memory: 32, healthCheck: { command: ['CMD', 'true'] } },
      ]),
    );
    expect(containers).toEqual([
      { name: 'a', image: 'busybox', cpu: '0', memoryReservation: '16', essential: false, hasHealthCheck: false },
      { name: 'b', image: 'nginx', cpu: '0', memory: '32', essential: true, hasHealthCheck: true },
    ]);
  });

  const size = fc.option(fc.nat(10_000), { nil: undefined });
  const container = fc.record({ name: fc.string(), cpu: size, memory: size, memoryReservation: size });
  const taskSize = fc.option(
    fc.nat(100_000).map((units) => String(units + 128)),
    { nil: undefined },
  );
  test.prop([fc.array(container, { maxLength: 10 }), taskSize, taskSize])(
    'is never negative, and displays the sizes that it reserves',
    (containers, cpu, memory) => {
      const sized = sizeTask(
        definition(
          containers.map(({ name, ...sizes }) => withOverrides<Ecs.ContainerDefinition>({ name }, sizes)),
          { cpu, memory },
        ),
      );
      expect(sized.resources.cpu).toBeGreaterThanOrEqual(0);
      expect(sized.resources.memory).toBeGreaterThanOrEqual(0);
      expect(sized.cpu).toBe(String(sized.resources.cpu));
      expect(sized.memory).toBe(String(sized.resources.memory));
    },
  );
});
