import type { Ecs } from '@stowage/domain';
import type { ContainerInspect } from '../containers/docker-json';
import type { ContainerPlan, TaskPlan } from '../tasks/task-plan';

type Protocol = 'tcp' | 'udp';
type DockerPorts = ContainerInspect['NetworkSettings']['Ports'];

/** First and last port, both inclusive. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Parses a range such as `8000-8010`. The text was validated at registration. */
export function parsePortRange(text: string): PortRange {
  const [from, to] = text.split('-').map(Number);
  return { from: from ?? 0, to: to ?? from ?? 0 };
}

export const rangeText = ({ from, to }: PortRange): string => `${String(from)}-${String(to)}`;

/**
 * Returns the host ports of a running container as ECS reports them. In the network mode `host` they equal the
 * container ports.
 */
export function networkBindings(
  plan: TaskPlan,
  container: ContainerPlan,
  ports: DockerPorts,
): readonly Ecs.NetworkBinding[] {
  const mappings = container.definition.portMappings ?? [];
  if (plan.networkMode === 'host') return mappings.map(hostBinding);
  if (plan.networkMode === 'none') return [];
  return mappings.flatMap((mapping) => bridgeBindings(mapping, ports));
}

function hostBinding(mapping: Ecs.PortMapping): Ecs.NetworkBinding {
  const common = { bindIP: '0.0.0.0', protocol: mapping.protocol ?? 'tcp' };
  const range = mapping.containerPortRange;
  if (range) return { ...common, containerPortRange: range, hostPortRange: range };
  const { containerPort } = mapping;
  return { ...common, ...(containerPort !== undefined && { containerPort, hostPort: containerPort }) };
}

function bridgeBindings(mapping: Ecs.PortMapping, ports: DockerPorts): readonly Ecs.NetworkBinding[] {
  const protocol = mapping.protocol ?? 'tcp';
  if (mapping.containerPortRange) return rangeBindings(mapping.containerPortRange, protocol, ports);
  const containerPort = mapping.containerPort ?? 0;
  return boundTo(ports, containerPort, protocol)
    .filter(({ hostPort }) => !mapping.hostPort || mapping.hostPort === hostPort)
    .map(({ bindIP, hostPort }) => ({ bindIP, containerPort, hostPort, protocol }));
}

/** Returns one binding for the whole range, from the host ports of its first and last container port. */
function rangeBindings(text: string, protocol: Protocol, ports: DockerPorts): readonly Ecs.NetworkBinding[] {
  const range = parsePortRange(text);
  const last = boundTo(ports, range.to, protocol);
  return boundTo(ports, range.from, protocol).flatMap(({ bindIP, hostPort }) => {
    const end = last.find((other) => other.bindIP === bindIP);
    if (!end) return [];
    const hostPortRange = rangeText({ from: hostPort, to: end.hostPort });
    return [{ bindIP, protocol, containerPortRange: text, hostPortRange }];
  });
}

function boundTo(
  ports: DockerPorts,
  port: number,
  protocol: Protocol,
): readonly { readonly bindIP: string; readonly hostPort: number }[] {
  const bound = ports?.[`${String(port)}/${protocol}`] ?? [];
  return bound.map(({ HostIp, HostPort }) => ({ bindIP: HostIp, hostPort: Number(HostPort) }));
}
