import type { Ecs } from '@stowage/domain';
import type { ContainerCreateBody, HostConfig, PortBinding } from '../containers/docker-json';
import type { HostFacts } from '../containers/host-facts';
import { parsePortRange } from './network-bindings';
import type { ContainerPlan, TaskPlan } from '../tasks/task-plan';

type Exposed = NonNullable<ContainerCreateBody['ExposedPorts']>;
type Bindings = NonNullable<HostConfig['PortBindings']>;

/**
 * Returns the ports to publish, or undefined if there are none. Only a bridge publishes ports: in the network mode
 * `host`, a container uses the ports of the host directly.
 */
export function exposedPorts(plan: TaskPlan, container: ContainerPlan): Exposed | undefined {
  const keys = publishedPorts(plan, container).map(({ key }) => key);
  return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key) => [key, {}]));
}

export function portBindings(plan: TaskPlan, container: ContainerPlan, host: HostFacts): Bindings | undefined {
  const bindings: Record<string, PortBinding[]> = {};
  for (const { key, offset, mapping } of publishedPorts(plan, container)) {
    (bindings[key] ??= []).push({ HostIp: host.bindIp, HostPort: hostPort(mapping, offset, host) });
  }
  return Object.keys(bindings).length === 0 ? undefined : bindings;
}

interface PublishedPort {
  /** Port and protocol in Docker's format, `80/tcp`. */
  readonly key: string;
  /** Index within the range of the mapping; 0 for a single port. */
  readonly offset: number;
  readonly mapping: Ecs.PortMapping;
}

function publishedPorts(plan: TaskPlan, { definition }: ContainerPlan): readonly PublishedPort[] {
  if (plan.networkMode !== 'bridge' || definition.disableNetworking) return [];
  return (definition.portMappings ?? []).flatMap((mapping) => {
    const range = mapping.containerPortRange
      ? parsePortRange(mapping.containerPortRange)
      : { from: mapping.containerPort ?? 0, to: mapping.containerPort ?? 0 };
    return Array.from({ length: range.to - range.from + 1 }, (_, offset) => ({
      key: `${String(range.from + offset)}/${mapping.protocol ?? 'tcp'}`,
      offset,
      mapping,
    }));
  });
}

function hostPort(mapping: Ecs.PortMapping, offset: number, host: HostFacts): string {
  const range = mapping.containerPortRange && host.portRanges.get(mapping.containerPortRange);
  if (range) return String(range.from + offset);
  return mapping.hostPort ? String(mapping.hostPort) : (host.dynamicPorts ?? '');
}
