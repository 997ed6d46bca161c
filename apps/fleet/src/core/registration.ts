import { type InstanceId, instanceId, type RegisterRequest } from '@stowage/domain';
import { randomOf } from './randomness';
import type { FleetOptions } from './fleet-options';

const ID_DIGITS = 32;
const EC2_ID_DIGITS = 17;
const HEX = 16;
/** The ports that ECS's agent reserves (ecs-api 5.2). */
const RESERVED_PORTS = [22, 2375, 2376, 51678, 51679];

/** Capabilities of a real agent on Linux with a current Docker. The simulated agent has all of them. */
const CAPABILITIES = [
  ...Array.from({ length: 28 }, (_, at) => `com.amazonaws.ecs.capability.docker-remote-api.1.${String(17 + at)}`),
  ...['json-file', 'syslog', 'journald', 'gelf', 'fluentd', 'awslogs', 'splunk'].map(
    (driver) => `com.amazonaws.ecs.capability.logging-driver.${driver}`,
  ),
  'com.amazonaws.ecs.capability.privileged-container',
  'com.amazonaws.ecs.capability.ecr-auth',
  'stowage.capability.local-syslog',
  'ecs.capability.execution-role-awslogs',
  'ecs.capability.execution-role-ecr-pull',
  'ecs.capability.container-health-check',
  'ecs.capability.container-ordering',
  'ecs.capability.container-restart-policy',
  'ecs.capability.docker-plugin.local',
  'ecs.capability.network.container-port-range',
  'ecs.capability.pid-ipc-namespace-sharing',
  'ecs.capability.task-cpu-mem-limit',
];

/**
 * Returns the id of the fleet's n-th instance. The same seed and cluster give the same instances, so that a fleet can
 * be restarted.
 */
export function fleetInstance({ seed, cluster }: FleetOptions, number: number): InstanceId {
  const random = randomOf(seed, `instance ${cluster} ${String(number)}`);
  return instanceId(Array.from({ length: ID_DIGITS }, () => random.below(HEX).toString(HEX)).join(''));
}

export function registration(options: FleetOptions, number: number): RegisterRequest {
  const { cluster, cpu, memory, zones } = options;
  const gpus = Array.from({ length: options.gpus }, (_, gpu) => `GPU-${String(number)}-${String(gpu)}`);
  const zone = zones[number % zones.length];
  return {
    cluster,
    ec2InstanceId: `i-${fleetInstance(options, number).slice(0, EC2_ID_DIGITS)}`,
    versionInfo: { agentVersion: '0.1.0', dockerVersion: 'DockerVersion: simulated' },
    resources: { cpu, memory, ports: RESERVED_PORTS, portsUdp: [], gpus },
    attributes: [
      ...CAPABILITIES.map((name) => ({ name })),
      ...(zone === undefined ? [] : [{ name: 'ecs.availability-zone', value: zone }]),
      { name: 'ecs.instance-type', value: 'stowage.simulated' },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.os-family', value: 'LINUX' },
      { name: 'ecs.cpu-architecture', value: 'x86_64' },
    ],
    tags: [],
  };
}
