import { type DomainEvent, type Ecs, seededRandom } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { CLUSTER, clusterCreated, connection, defined, ids, instance, registered, web } from '../testing/history';
import { refusalDetail, requirement } from './refusal-detail';
import { decideRunTask, parseRunTask } from './run-task';

function refusalOf(history: readonly DomainEvent[], input: Partial<Ecs.RunTaskRequest> = {}) {
  const { refusals } = decideRunTask(
    { ...parseRunTask({ taskDefinition: 'app', ...input }, { family: 'app' }), cluster: CLUSTER },
    { state: stateOf([clusterCreated, ...history]), random: seededRandom(1), ids: ids(10) },
  );
  return refusals[0]!;
}

const needs = (...requiresAttributes: readonly Ecs.Attribute[]): DomainEvent => defined('app', { requiresAttributes });
const uses = (container: Partial<Ecs.ContainerDefinition>): DomainEvent =>
  defined('app', { containerDefinitions: [{ ...web, ...container }] });

describe('the detail of a refusal', () => {
  it.each<[string, readonly DomainEvent[], Partial<Ecs.RunTaskRequest>, string]>([
    [
      'names every attribute that is missing',
      [...registered(instance(1)), needs({ name: 'gpu-driver' }, { name: 'rack', value: 'b' })],
      {},
      'The container instance lacks: gpu-driver, rack == b.',
    ],
    [
      'names the actual value of an attribute',
      [...registered(instance(1), { attributes: [{ name: 'rack', value: 'a' }] }), needs({ name: 'rack', value: 'b' })],
      {},
      'The container instance lacks: rack == b. It has: a.',
    ],
    [
      'names both launch types',
      [...registered(instance(1)), defined('app')],
      { launchType: 'EXTERNAL' },
      'The task requires the launch type EXTERNAL. The container instance has the launch type EC2.',
    ],
    [
      'states that the agent is disconnected',
      [...registered(instance(1)), connection(instance(1), false), defined('app')],
      {},
      'The container agent must be connected. It is disconnected.',
    ],
    [
      'names the expression that does not match',
      [...registered(instance(1)), defined('app')],
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:rack == b' }] },
      'The container instance does not match: attribute:rack == b.',
    ],
    [
      'states the required and the free memory',
      [...registered(instance(1)), uses({ memory: 1_000_000 })],
      {},
      'The task requires 1000000 MiB of memory. Free: 4096 MiB of memory.',
    ],
    [
      'states the required and the free CPU units',
      [...registered(instance(1)), uses({ cpu: 100_000 })],
      {},
      'The task requires 100000 CPU units. Free: 2048 CPU units.',
    ],
    [
      'states the required and the free GPUs',
      [...registered(instance(1)), uses({ resourceRequirements: [{ type: 'GPU', value: '2' }] })],
      {},
      'The task requires 2 GPUs. Free: 0 GPUs.',
    ],
    [
      'names the required host ports, and the ones among them that are taken',
      [...registered(instance(1)), uses({ portMappings: [{ containerPort: 80, hostPort: 22 }] })],
      {},
      'The task requires the host ports 22/tcp. Ports taken: 22/tcp.',
    ],
  ])('%s', (_what, history, input, expected) => {
    expect(refusalDetail(refusalOf(history, input))).toBe(expected);
  });

  it('counts the tasks that violate distinctInstance', () => {
    const ground = [...registered(instance(1)), defined('app')];
    const input = { count: 2, placementConstraints: [{ type: 'distinctInstance' as const }] };
    expect(refusalDetail(refusalOf(ground, input))).toBe(
      'The placement constraint distinctInstance requires an instance with no task of family:app. It has 1.',
    );
  });

  it('omits free amounts in the requirement', () => {
    expect(requirement(refusalOf([...registered(instance(1)), uses({ memory: 1_000_000 })]))).toBe(
      'The task requires 1000000 MiB of memory.',
    );
  });
});
