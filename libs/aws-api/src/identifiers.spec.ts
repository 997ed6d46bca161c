import { fc, test } from '@fast-check/vitest';
import {
  clusterName,
  containerInstanceArn,
  instanceId,
  Refusal,
  taskArn,
  taskDefinitionArn,
  taskId,
} from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { parseCluster, parseContainerInstance, parseTask } from './identifiers';
import { parseTaggedResource } from './resource-identifier';
import { parseTaskDefinition, parseTaskDefinitionRevision } from './task-definition-identifier';

const SCOPE = { region: 'us-east-1', account: '123456789012' };
const MINE = clusterName('mine');
const ID = '0123456789abcdef0123456789abcdef';

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,255}$/);
const id = fc.stringMatching(/^[0-9a-f]{32}$/);

const refusalOf = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  throw new Error('It was taken.');
};

describe('identifiers', () => {
  test.prop([name, id])('are the same by name and by ARN', (cluster, each) => {
    const of = parseCluster(SCOPE, cluster);
    expect(parseCluster(SCOPE, `arn:aws:ecs:us-east-1:123456789012:cluster/${cluster}`)).toBe(of);
    expect(parseTask(SCOPE, of, taskArn(SCOPE, cluster, each))).toBe(parseTask(SCOPE, of, each));
    const instance = containerInstanceArn(SCOPE, cluster, each);
    expect(parseContainerInstance(SCOPE, of, instance)).toBe(parseContainerInstance(SCOPE, of, each));
  });

  test.prop([name, fc.integer({ min: 1, max: 2 ** 31 - 1 })])('of task definitions too', (family, revision) => {
    const expected = { family, revision };
    expect(parseTaskDefinition(SCOPE, `${family}:${revision}`)).toEqual(expected);
    expect(parseTaskDefinition(SCOPE, taskDefinitionArn(SCOPE, family, revision))).toEqual(expected);
    expect(parseTaskDefinitionRevision(SCOPE, taskDefinitionArn(SCOPE, family, revision))).toEqual(expected);
    expect(parseTaskDefinition(SCOPE, family)).toEqual({ family });
  });

  test.prop([fc.string({ unit: 'binary' })])('are parsed or rejected with an ECS error for any text', (text) => {
    for (const parse of [
      () => parseCluster(SCOPE, text),
      () => parseTask(SCOPE, MINE, text),
      () => parseContainerInstance(SCOPE, MINE, text),
      () => parseTaskDefinition(SCOPE, text),
      () => parseTaggedResource(SCOPE, text),
    ]) {
      try {
        parse();
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }
  });

  it('that are absent refer to the default cluster', () => {
    expect(parseCluster(SCOPE, undefined)).toBe('default');
    expect(refusalOf(() => parseCluster(SCOPE, ''))).toBe('Cluster can not be blank.');
  });

  it('with dashes, as before 2018, have 36 characters', () => {
    expect(parseTask(SCOPE, MINE, '01234567-89ab-cdef-0123-456789abcdef')).toHaveLength(36);
    expect(refusalOf(() => parseTask(SCOPE, MINE, ID.slice(1)))).toBe('taskId length should be one of [32,36]');
  });

  it.each([
    [`arn:aws:ecs:us-east-1:123456789012:task/${ID}`, 'Invalid identifier: Unexpected number of separators'],
    [`arn:aws:ecs:us-east-1:123456789012:task/mine/x/${ID}`, 'Invalid identifier: Unexpected number of separators'],
    [`arn:aws:ecs:us-east-1:123456789012:task/mine/`, 'Invalid identifier: Unexpected number of separators'],
    [`mine/${ID}`, 'Invalid identifier: Unexpected number of separators'],
    [
      `arn:aws:ecs:us-east-1:123456789012:task/yours/${ID}`,
      'Invalid identifier: Identifier is for yours. Your cluster is mine',
    ],
    [
      `arn:aws:ecs:eu-west-1:123456789012:task/mine/${ID}`,
      'Invalid identifier: Identifier is for eu-west-1. Your region is us-east-1',
    ],
    [
      `arn:aws:ecs:us-east-1:1:task/mine/${ID}`,
      'Invalid identifier: Identifier is for 1. Your accountId is 123456789012',
    ],
    [
      `arn:aws:sts:us-east-1:123456789012:task/mine/${ID}`,
      'Invalid identifier: Identifier is for sts. Your service is ecs',
    ],
    [
      `arn:aws:ecs:us-east-1:123456789012:service/mine/${ID}`,
      'Invalid identifier: Identifier is for a service. A task is expected',
    ],
    [`arn:aws:ecs:us-east-1:123456789012:task/mine/${ID}x`, 'taskId length should be one of [32,36]'],
    ['*'.repeat(32), 'Invalid identifier: taskId has a character that no id has.'],
  ])('of a task like %s are rejected', (identifier, message) => {
    expect(refusalOf(() => parseTask(SCOPE, MINE, identifier))).toBe(message);
  });

  it('are rejected with the reason', () => {
    const resource = (rest: string): string => `arn:aws:ecs:us-east-1:123456789012:${rest}`;
    expect(parseTaggedResource(SCOPE, resource(`task/mine/${ID}`))).toEqual({
      kind: 'task',
      cluster: 'mine',
      task: taskId(ID),
    });
    expect(parseTaggedResource(SCOPE, resource(`container-instance/mine/${ID}`))).toEqual({
      kind: 'container-instance',
      cluster: 'mine',
      instance: instanceId(ID),
    });
    expect(parseTaggedResource(SCOPE, resource('service/mine/web'))).toEqual({
      kind: 'service',
      cluster: 'mine',
      service: 'web',
    });
    expect(parseTaggedResource(SCOPE, resource('daemon/mine'))).toEqual({ kind: 'other', type: 'daemon' });
    expect(refusalOf(() => parseTaggedResource(SCOPE, 'mine'))).toContain('must be named by its ARN');
    expect(refusalOf(() => parseTaskDefinitionRevision(SCOPE, 'web'))).toBe('Revision is missing.');
    for (const revision of ['foo', '0', '-1', '1.5', '', '2147483648', '99999999999']) {
      expect(refusalOf(() => parseTaskDefinition(SCOPE, `web:${revision}`))).toBe(
        `Invalid revision number. Number: ${revision}`,
      );
    }
  });
});
