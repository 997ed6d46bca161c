import { describe, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { clusterName, instanceId, taskId } from '../ids';
import { decideTagResource, decideUntagResource, type TaggableResource } from './tag-resource';
import { clusterCreated, instanceRegistered, taskDefinitionRegistered, tasksPlaced } from '../testing/events';
import { given } from '../testing/given';

const cluster = clusterName('shop');
const instance = instanceId('i1');
const task = taskId('t1');
const history = [
  clusterCreated('shop'),
  instanceRegistered('shop', 'i1'),
  tasksPlaced('shop', 'i1', ['t1']),
  taskDefinitionRegistered('web', 1),
];
const tags: readonly Ecs.Tag[] = [{ key: 'team', value: 'web' }];
const resources = {
  cluster: { kind: 'cluster', cluster },
  instance: { kind: 'container-instance', cluster, instance },
  task: { kind: 'task', cluster, task },
  definition: { kind: 'task-definition', family: 'web', revision: 1 },
} as const;

describe('TagResource', () => {
  it('tags every existing kind of resource', () => {
    given(...history)
      .when((state) => decideTagResource(state, resources.cluster, tags))
      .then({ type: 'ClusterTagsSet', version: 1, cluster, tags });
    given(...history)
      .when((state) => decideTagResource(state, resources.instance, tags))
      .then({ type: 'InstanceTagsSet', version: 1, cluster, instance, tags });
    given(...history)
      .when((state) => decideTagResource(state, resources.task, tags))
      .then({ type: 'TaskTagsSet', version: 1, cluster, instance, task, tags });
    given(...history)
      .when((state) => decideTagResource(state, resources.definition, tags))
      .then({ type: 'TaskDefinitionTagsSet', version: 1, family: 'web', revision: 1, tags });
  });

  it('replaces values by key and keeps the other tags', () => {
    const before = { type: 'ClusterTagsSet', version: 1, cluster, tags: [...tags, { key: 'a', value: '1' }] } as const;
    given(...history, before)
      .when((state) => decideTagResource(state, resources.cluster, [{ key: 'team' }, { key: 'b', value: '2' }]))
      .then({
        ...before,
        tags: [
          { key: 'team', value: '' },
          { key: 'a', value: '1' },
          { key: 'b', value: '2' },
        ],
      });
    given(...history, before)
      .when((state) => decideTagResource(state, resources.cluster, tags))
      .then();
  });

  it.each<[string, readonly Ecs.Tag[]]>([
    ['Tags can not be empty.', []],
    ['Tag keys can not be empty.', [{ value: 'x' }]],
    ["Invalid tag key 'aws:a': keys that begin with 'aws:' are reserved for system use.", [{ key: 'aws:a' }]],
    ["Invalid tag key 'AWS:a': keys that begin with 'aws:' are reserved for system use.", [{ key: 'AWS:a' }]],
    ["Duplicate tag keys found: 'a'. Tag keys must be unique.", [{ key: 'a' }, { key: 'a' }]],
    [
      "Invalid value of tag 'a': at most 256 letters, numbers, spaces and _ . : / = + - @.",
      [{ key: 'a', value: 'x'.repeat(257) }],
    ],
    ["Invalid tag key 'a*': 1 to 128 letters, numbers, spaces and _ . : / = + - @.", [{ key: 'a*' }]],
    [
      'The maximum number of tags is 50 per resource.',
      Array.from({ length: 51 }, (_, at) => ({ key: `k${at}`, value: '' })),
    ],
  ])('is rejected: %s', (message, given_) => {
    given(...history)
      .when((state) => decideTagResource(state, resources.cluster, given_))
      .thenRefused('InvalidParameterException', message);
  });

  it('counts existing tags towards the limit', () => {
    const before = { type: 'ClusterTagsSet', version: 1, cluster, tags: [] as Ecs.Tag[] } as const;
    before.tags.push(...Array.from({ length: 50 }, (_, at) => ({ key: `k${at}`, value: '' })));
    given(...history, before)
      .when((state) => decideTagResource(state, resources.cluster, tags))
      .thenRefused('InvalidParameterException', 'The maximum number of tags is 50 per resource.');
  });

  it('is rejected for a resource that does not exist', () => {
    const tag = (resource: TaggableResource) => given(...history).when((s) => decideTagResource(s, resource, tags));
    tag({ kind: 'cluster', cluster: clusterName('no') }).thenRefused('ClusterNotFoundException', 'Cluster not found.');
    tag({ kind: 'service', cluster, service: 'no' }).thenRefused('ServiceNotFoundException', 'Service not found.');
    tag({ kind: 'other', type: 'capacity-provider' }).thenRefused('ResourceNotFoundException');
    const text = (kind: string): string => `The specified ${kind} is not found. Specify a valid ARN and try again.`;
    tag({ ...resources.task, task: taskId('no') }).thenRefused('InvalidParameterException', text('task'));
    tag({ ...resources.instance, instance: instanceId('no') }).thenRefused(
      'InvalidParameterException',
      text('container instance'),
    );
    tag({ ...resources.definition, revision: 2 }).thenRefused('InvalidParameterException', text('task definition'));
  });
});

describe('UntagResource', () => {
  const before = { type: 'ClusterTagsSet', version: 1, cluster, tags: [...tags, { key: 'a', value: '1' }] } as const;

  it('removes tags and ignores absent ones', () => {
    given(...history, before)
      .when((state) => decideUntagResource(state, resources.cluster, ['team', 'nothing']))
      .then({ ...before, tags: [{ key: 'a', value: '1' }] });
    given(...history, before)
      .when((state) => decideUntagResource(state, resources.cluster, ['nothing']))
      .then();
  });

  it('is rejected without keys and for reserved keys', () => {
    for (const keys of [[], ['aws:x']]) {
      given(...history, before)
        .when((state) => decideUntagResource(state, resources.cluster, keys))
        .thenRefused('InvalidParameterException');
    }
  });
});
