import { clusterName, type Ecs, instanceId, requiredAttributes } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { type EngineFacts, instanceAttributes, type InstanceSettings } from './registration';

const engine: EngineFacts = {
  version: '20.10.24',
  apiVersion: '1.41',
  cpus: 2,
  memoryBytes: 1024 ** 3,
  architecture: 'x86_64',
  // Docker lists these drivers on any Linux machine, even if the service that they write to is missing.
  logDrivers: ['awslogs', 'fluentd', 'gcplogs', 'gelf', 'journald', 'json-file', 'local', 'splunk', 'syslog'],
  // A plugin that Docker manages, and one that runs as a process of the machine.
  volumeDrivers: ['local', 'vieux/sshfs:latest'],
  securityOptions: ['name=apparmor', 'name=selinux'],
  cgroupDriver: 'cgroupfs',
  cgroupVersion: '1',
};

const settings: InstanceSettings = {
  cluster: clusterName('default'),
  instance: instanceId('a'.repeat(32)),
  instanceType: 'stowage.host',
  agentVersion: '1',
  cpuShare: 1,
  memoryShare: 1,
  reservedMemoryMiB: 0,
  reservedPorts: [],
  reservedPortsUdp: [],
  gpuIds: [],
  customAttributes: {},
  tags: [],
  canPause: true,
  logServices: { journal: true, syslog: true },
  plugins: ['rexray'],
};

const offered = (more: Partial<InstanceSettings> = {}): readonly string[] =>
  instanceAttributes({ ...settings, ...more }, engine).map(({ name }) => name);
const driver = (name: string): string => `com.amazonaws.ecs.capability.logging-driver.${name}`;

/** One definition with every member that makes an attribute required. */
const demanding: Ecs.RegisterTaskDefinitionRequest = {
  family: 'demanding',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  pidMode: 'task',
  runtimePlatform: { cpuArchitecture: 'X86_64' },
  volumes: ['local', 'rexray', 'vieux/sshfs', 'vieux/sshfs:latest'].map((driver, at) => ({
    name: `data-${String(at)}`,
    dockerVolumeConfiguration: { driver },
  })),
  containerDefinitions: (['json-file', 'syslog', 'journald', 'gelf', 'fluentd', 'awslogs', 'splunk'] as const).map(
    (logDriver) => ({
      name: logDriver,
      image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1',
      logConfiguration: { logDriver },
      privileged: true,
      dockerSecurityOptions: ['apparmor:web', 'label:type:web'],
      healthCheck: { command: ['CMD', 'true'] },
      stopTimeout: 10,
      restartPolicy: { enabled: true },
      portMappings: [{ containerPortRange: '80-81' }],
    }),
  ),
};

describe('the attributes that an instance offers', () => {
  it('are all attributes that a definition can require', () => {
    const attributes = offered();
    const missing = requiredAttributes(demanding).filter(({ name }) => !attributes.includes(name));
    expect(missing).toEqual([]);
  });

  it('leave out the log services that the machine does not have', () => {
    const attributes = offered({ logServices: { journal: false, syslog: false } });
    expect(attributes).not.toContain(driver('journald'));
    expect(attributes).not.toContain('stowage.capability.local-syslog');
    // With an address the driver reaches a remote server, and the instance itself stores awslogs.
    expect(attributes).toEqual(expect.arrayContaining(['syslog', 'awslogs', 'json-file'].map(driver)));
  });

  it('are the log drivers that the operator chose', () => {
    const attributes = offered({ logDrivers: ['json-file'] });
    expect(attributes.filter((name) => name.startsWith(driver('')))).toEqual([driver('json-file')]);
  });
});

describe('a definition with the log driver syslog', () => {
  const required = (options?: Record<string, string>): readonly string[] =>
    requiredAttributes({
      family: 'logs',
      containerDefinitions: [
        { name: 'web', image: 'web', logConfiguration: { logDriver: 'syslog', ...(options && { options }) } },
      ],
    }).map(({ name }) => name);

  it('requires a syslog server of the machine only when it has no address', () => {
    expect(required()).toContain('stowage.capability.local-syslog');
    expect(required({ 'syslog-address': 'udp://10.0.0.1:514' })).not.toContain('stowage.capability.local-syslog');
  });
});
