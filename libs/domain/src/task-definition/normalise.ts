import type * as Ecs from '../ecs/shapes';
import { requiredAttributes } from './required-attributes';
import type { RegisteredDefinition } from './records/task-definition';
import { parseTaskCpu, parseTaskMemory } from './task-size';

const HEALTH_CHECK_DEFAULTS = { interval: 30, timeout: 5, retries: 3 } as const;

/**
 * Returns the definition as it is stored and displayed: the user's members unchanged and in their order, followed by
 * ECS's defaults (ecs-api 5.4.1). Requires a checked input. The function is idempotent.
 */
export function normaliseDefinition(input: Ecs.RegisterTaskDefinitionRequest): RegisteredDefinition {
  const { tags: _, cpu, memory, ...rest } = input;
  return {
    ...rest,
    containerDefinitions: input.containerDefinitions.map((container) => withDefaults(container, input.networkMode)),
    volumes: input.volumes ?? [],
    placementConstraints: input.placementConstraints ?? [],
    requiresAttributes: requiredAttributes(input),
    compatibilities: ['EXTERNAL', 'EC2'],
    ...(cpu !== undefined && { cpu: String(parseTaskCpu(cpu)) }),
    ...(memory !== undefined && { memory: String(parseTaskMemory(memory)) }),
  };
}

function withDefaults(
  container: Ecs.ContainerDefinition,
  networkMode: Ecs.RegisterTaskDefinitionRequest['networkMode'],
): Ecs.ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => mappingWithDefaults(mapping, networkMode)),
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck && { healthCheck: { ...HEALTH_CHECK_DEFAULTS, ...container.healthCheck } }),
  };
}

function mappingWithDefaults(
  mapping: Ecs.PortMapping,
  networkMode: Ecs.RegisterTaskDefinitionRequest['networkMode'],
): Ecs.PortMapping {
  const protocol = mapping.protocol ?? 'tcp';
  if (mapping.containerPortRange !== undefined) return { ...mapping, protocol };
  const hostPort = mapping.hostPort ?? (networkMode === 'host' ? mapping.containerPort : 0);
  return { ...mapping, ...(hostPort !== undefined && { hostPort }), protocol };
}
