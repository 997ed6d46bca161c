import { test as property, fc } from '@fast-check/vitest';
import type { Aggregate } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import {
  everythingOfCluster,
  ledgersOfCluster,
  matches,
  nameToToken,
  parseSubject,
  readableSubjects,
  subjectOf,
  tokenToName,
} from './subjects';

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });

describe('subjects', () => {
  property.prop([anyName])('any name is one token that NATS accepts, and is restored', (name) => {
    const token = nameToToken(name);
    expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
    expect(tokenToName(token)).toBe(name);
  });

  property.prop([anyName, anyName])('different names never share a subject', (one, other) => {
    const same = subjectOf({ kind: 'principal', name: one }) === subjectOf({ kind: 'principal', name: other });
    expect(same).toBe(one === other);
  });

  it("leaves ECS's names unchanged", () => {
    expect(subjectOf({ kind: 'instance', cluster: 'my-Cluster_1', instance: '0af3' })).toBe(
      'journal.instance.my-Cluster_1.0af3',
    );
    expect(subjectOf({ kind: 'task-definition', family: 'a.b' })).toBe('journal.task-definition.a=2Eb');
  });

  it("matches the contents of a cluster, not the cluster itself and not another cluster's", () => {
    const inside = everythingOfCluster('c');
    expect(matches(inside, subjectOf({ kind: 'instance', cluster: 'c', instance: 'i' }))).toBe(true);
    expect(matches(inside, subjectOf({ kind: 'task', cluster: 'c', instance: 'i' }))).toBe(true);
    expect(matches(inside, subjectOf({ kind: 'cluster', cluster: 'c' }))).toBe(false);
    expect(matches(inside, subjectOf({ kind: 'task', cluster: 'd', instance: 'c' }))).toBe(false);
    expect(matches(ledgersOfCluster('c'), subjectOf({ kind: 'task', cluster: 'c', instance: 'i' }))).toBe(false);
    expect(matches(parseSubject('journal.*.c'), parseSubject('journal.instance.c.i'))).toBe(false);
  });

  it('excludes secrets from what programs may read', () => {
    const readable = (aggregate: Aggregate, cluster?: string): boolean =>
      readableSubjects(cluster).some((pattern) => matches(pattern, subjectOf(aggregate)));
    expect(readable({ kind: 'principal', name: 'c' })).toBe(false);
    expect(readable({ kind: 'join-token', token: 'c' })).toBe(false);
    const open: readonly Aggregate[] = [
      { kind: 'meta' },
      { kind: 'account-settings' },
      { kind: 'task-definition', family: 'c' },
      { kind: 'load-balancer', name: 'c' },
      { kind: 'target-group', name: 'c' },
    ];
    const ofCluster: readonly Aggregate[] = [
      { kind: 'cluster', cluster: 'c' },
      { kind: 'instance', cluster: 'c', instance: 'i' },
      { kind: 'task', cluster: 'c', instance: 'i' },
      { kind: 'service', cluster: 'c', service: 's' },
    ];
    for (const each of [...open, ...ofCluster]) expect(readable(each), each.kind).toBe(true);
    for (const each of ofCluster) expect([readable(each, 'c'), readable(each, 'd')], each.kind).toEqual([true, false]);
    for (const each of open) expect(readable(each, 'c'), each.kind).toBe(false);
  });
});
