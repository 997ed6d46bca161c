import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { checkLogConfiguration } from './log-options';

type Log = Ecs.LogConfiguration;

const AWSLOGS = { 'awslogs-region': 'us-east-1', 'awslogs-group': '/shop/web' };

describe('the options of a log driver', () => {
  it.each<[string, Log]>([
    ['awslogs with True', { logDriver: 'awslogs', options: { ...AWSLOGS, 'awslogs-create-group': 'True' } }],
    ['awslogs', { logDriver: 'awslogs', options: AWSLOGS }],
    [
      'awslogs with everything that ECS takes',
      {
        logDriver: 'awslogs',
        options: {
          ...AWSLOGS,
          'awslogs-create-group': 'true',
          'awslogs-stream-prefix': 'web',
          'awslogs-datetime-format': '%Y-%m-%d',
          'awslogs-multiline-pattern': '^INFO',
          mode: 'non-blocking',
          'max-buffer-size': '25m',
        },
      },
    ],
    ['json-file', { logDriver: 'json-file', options: { 'max-size': '1m', 'max-file': '3', tag: 'x' } }],
    ['journald without options', { logDriver: 'journald' }],
    ['gelf', { logDriver: 'gelf', options: { 'gelf-address': 'udp://10.0.0.1:12201', 'max-buffer-size': '4096' } }],
    [
      'splunk with a secret token',
      {
        logDriver: 'splunk',
        options: { 'splunk-url': 'https://splunk' },
        secretOptions: [{ name: 'splunk-token', valueFrom: 'token' }],
      },
    ],
  ])('are accepted for %s', (_, logConfiguration) => {
    expect(() => {
      checkLogConfiguration({ logConfiguration });
    }).not.toThrow();
  });

  it.each<[string, Log]>([
    ['Log driver awslogs requires options: awslogs-region, awslogs-group', { logDriver: 'awslogs' }],
    [
      'Log driver awslogs requires options: awslogs-group',
      { logDriver: 'awslogs', options: { 'awslogs-region': 'us-east-1', 'awslogs-group': '' } },
    ],
    [
      'Log driver awslogs disallows options: awslogs-endpoint, tag',
      { logDriver: 'awslogs', options: { ...AWSLOGS, 'awslogs-endpoint': 'http://x', tag: 'x' } },
    ],
    [
      "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
      { logDriver: 'awslogs', options: { ...AWSLOGS, 'awslogs-create-group': 'false' } },
    ],
    [
      "Log driver awslogs option 'mode' must be one of blocking, non-blocking.",
      { logDriver: 'awslogs', options: { ...AWSLOGS, mode: 'fast' } },
    ],
    [
      "Log driver awslogs option 'max-buffer-size' must be a size such as 25m.",
      { logDriver: 'awslogs', options: { ...AWSLOGS, 'max-buffer-size': 'much' } },
    ],
    [
      "Log driver json-file option 'max-buffer-size' requires the mode 'non-blocking'.",
      { logDriver: 'json-file', options: { mode: 'blocking', 'max-buffer-size': '1m' } },
    ],
    ['Log driver json-file disallows options: max-sice', { logDriver: 'json-file', options: { 'max-sice': '1m' } }],
    ['Log driver gelf requires options: gelf-address', { logDriver: 'gelf' }],
    ['Log driver splunk requires options: splunk-token, splunk-url', { logDriver: 'splunk' }],
  ])('are rejected: %s', (message, logConfiguration) => {
    expect(() => {
      checkLogConfiguration({ logConfiguration });
    }).toThrow(message);
  });
});
