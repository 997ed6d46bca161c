import { describe, expect, it } from 'vitest';
import type { StowageClient } from './stowage-client';
import { findTask } from './tasks';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:task/default/';
const id = (beginning: string): string => beginning.padEnd(32, '0');

/** Answers ListTasks with these ids, two per page. */
function clientWith(ids: Readonly<Record<string, readonly string[]>>): StowageClient {
  return {
    call: (_target, input) => {
      const { desiredStatus, nextToken = '0' } = input as Record<string, string>;
      const from = Number(nextToken);
      const all = ids[desiredStatus ?? ''] ?? [];
      const taskArns = all.slice(from, from + 2).map((each) => ARN + each);
      return Promise.resolve({ taskArns, ...(from + 2 < all.length && { nextToken: String(from + 2) }) });
    },
    stream: () => Promise.reject(new Error('There is no stream.')),
  };
}

describe('a task given by a prefix of its id', () => {
  const client = clientWith({ RUNNING: [id('a1'), id('b1'), id('c1')], STOPPED: [id('a2'), id('b2'), id('d1')] });

  it('is found on every page, running or stopped', async () => {
    expect(await findTask(client, 'c')).toBe(ARN + id('c1'));
    expect(await findTask(client, 'd1')).toBe(ARN + id('d1'));
  });

  it('is rejected with the candidates when several ids have the prefix', async () => {
    const message = `2 tasks have ids that begin with a: ${id('a1')}, ${id('a2')}.`;
    await expect(findTask(client, 'a')).rejects.toThrow(message);
    await expect(findTask(client, 'e')).rejects.toThrow('No task has an id that begins with e.');
  });

  it('is not looked up when it is a complete id or an ARN', async () => {
    expect(await findTask(client, id('f'))).toBe(id('f'));
    expect(await findTask(client, ARN + id('f'))).toBe(ARN + id('f'));
  });
});
