import { describe, expect, it } from 'vitest';
import { taskId } from '../ids';
import { logLocation, logStreamName } from './records/log-location';

const task = taskId('1'.repeat(32));
const options = { 'awslogs-region': 'us-east-1', 'awslogs-group': '/shop' };

describe('the log location of a container with the log driver awslogs', () => {
  it('is its group, and a stream named after prefix, container and task', () => {
    const log = logLocation({
      logConfiguration: { logDriver: 'awslogs', options: { ...options, 'awslogs-stream-prefix': 'ecs' } },
    });
    expect(log).toEqual({ group: '/shop', streamPrefix: 'ecs' });
    expect(log && logStreamName(log, { container: 'web', task })).toBe(`ecs/web/${task}`);
  });

  it('is a stream named after the Docker container when there is no prefix', () => {
    const log = logLocation({ logConfiguration: { logDriver: 'awslogs', options } });
    expect(log).toEqual({ group: '/shop' });
    expect(log && logStreamName(log, { container: 'web', task })).toBeUndefined();
    expect(log && logStreamName(log, { container: 'web', task, runtimeId: 'abc' })).toBe('abc');
  });

  it('is unknown for other drivers', () => {
    expect(logLocation({ logConfiguration: { logDriver: 'json-file' } })).toBeUndefined();
    expect(logLocation({})).toBeUndefined();
  });
});
