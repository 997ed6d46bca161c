import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type * as Ecs from './ecs/shapes';
import { sizeTask } from './task/task-sizing';
import { stateOf } from './testing/given';
import { normaliseDefinition } from './task-definition/normalise';
import { decideRegisterTaskDefinition } from './task-definition/register-task-definition';
import type { RegisteredDefinition } from './task-definition/records/task-definition';

type Input = Ecs.RegisterTaskDefinitionRequest;

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
type Mode = NonNullable<Input['networkMode']>;

/**
 * Members of one container without references. Ports and references to other containers are added so that they are
 * consistent.
 */
const plainContainer = fc.record(
  {
    image: fc.constantFrom('busybox', 'nginx:1', 'registry.local:5000/web@sha256:' + 'ab'.repeat(32)),
    memory: fc.integer({ min: 64, max: 256 }),
    memoryReservation: fc.integer({ min: 6, max: 64 }),
    cpu: fc.nat(50),
    command: fc.array(fc.string(), { maxLength: 3 }),
    environment: fc.array(fc.record({ name: fc.stringMatching(/^[A-Z]{1,5}$/), value: fc.string() }), { maxLength: 4 }),
    mountPoints: fc.uniqueArray(
      fc.record({ sourceVolume: fc.constantFrom('v', 'w'), containerPath: fc.constantFrom('/x', '/y') }),
      { maxLength: 2, selector: ({ containerPath }) => containerPath },
    ),
    healthCheck: fc.record({ command: fc.constant(['CMD-SHELL', 'true']) }),
    dockerLabels: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string()),
  },
  { requiredKeys: ['image', 'memory'] },
);
const choices = fc.record({
  plain: plainContainer,
  essential: fc.option(fc.boolean(), { nil: undefined }),
  protocols: fc.array(fc.option(fc.constantFrom('tcp', 'udp'), { nil: undefined }), { maxLength: 3 }),
  fixedHostPort: fc.boolean(),
  waitsFor: fc.option(fc.nat(), { nil: undefined }),
});
type Choices = typeof choices extends fc.Arbitrary<infer T> ? T : never;

function container(at: number, networkMode: Mode | undefined, chosen: Choices): Ecs.ContainerDefinition {
  const { plain, essential, protocols, fixedHostPort, waitsFor } = chosen;
  const portMappings = protocols.map((protocol, nth) => {
    const port = 1_000 * (at + 1) + nth;
    const hostPort = fixedHostPort ? { hostPort: port } : {};
    return { ...hostPort, containerPort: port, ...(protocol && { protocol }) };
  });
  const earlier = waitsFor === undefined ? undefined : NAMES[waitsFor % Math.max(1, at)];
  return {
    // The first container is essential by default. The order of members differs from the default order.
    ...(at > 0 && essential !== undefined && { essential }),
    ...plain,
    name: NAMES[at] ?? '',
    ...(networkMode !== 'none' && { portMappings }),
    ...(at > 0 && earlier && { dependsOn: [{ containerName: earlier, condition: 'START' }] }),
    ...(at > 0 && earlier && (networkMode ?? 'bridge') === 'bridge' && { links: [`${earlier}:alias`] }),
  };
}

const input: fc.Arbitrary<Input> = fc
  .record({
    family: fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/),
    containers: fc.array(choices, { minLength: 1, maxLength: 5 }),
    networkMode: fc.option(fc.constantFrom('bridge' as const, 'host' as const, 'none' as const), { nil: undefined }),
    cpu: fc.option(fc.constantFrom('256', '2 vCPU', '4096'), { nil: undefined }),
    memory: fc.option(fc.constantFrom('512', '1GB', '.5 GB'), { nil: undefined }),
  })
  .map(({ family, containers, networkMode, cpu, memory }) => ({
    containerDefinitions: containers.map((chosen, at) => container(at, networkMode, chosen)),
    family,
    ...(networkMode && { networkMode }),
    volumes: [{ name: 'v' }, { host: { sourcePath: '/srv' }, name: 'w' }],
    ...(cpu && { cpu }),
    ...(memory && { memory }),
  }));

const accepted = (definition: Input): RegisteredDefinition =>
  decideRegisterTaskDefinition(stateOf([]), { input: definition, registeredBy: 'me' })[0].definition;

/**
 * Returns the part of `whole` that has a counterpart in `part`: it drops members that only `whole` has, and keeps the
 * order of lists.
 */
function restrictedTo(whole: unknown, part: unknown): unknown {
  if (Array.isArray(part) && Array.isArray(whole)) return whole.map((item, at) => restrictedTo(item, part[at]));
  if (typeof part !== 'object' || part === null || typeof whole !== 'object' || whole === null) return whole;
  const members = new Map<string, unknown>(Object.entries(whole));
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, restrictedTo(members.get(key), value)] as const),
  );
}

describe('any accepted definition', () => {
  test.prop([input])('is unchanged by a second normalisation', (definition) => {
    const once = accepted(definition);
    expect(normaliseDefinition(once)).toEqual(once);
  });

  test.prop([input])("keeps the user's own members, values and order", (definition) => {
    const kept = accepted(definition);
    const { cpu: _cpu, memory: _memory, ...own } = definition;
    const text = JSON.stringify(own);
    expect(JSON.stringify(restrictedTo(kept, JSON.parse(text)))).toBe(text);
  });

  test.prop([input])('survives the journal and reserves no negative resources', (definition) => {
    const kept = accepted(definition);
    const again = JSON.parse(JSON.stringify(kept)) as RegisteredDefinition;
    expect(again).toEqual(kept);
    const { resources } = sizeTask(again);
    expect(sizeTask(kept).resources).toEqual(resources);
    expect(Math.min(resources.cpu, resources.memory)).toBeGreaterThanOrEqual(0);
    expect(new Set(resources.ports).size).toBe(resources.ports.length);
  });
});
