import { SERVICES } from '@stowage/aws-api';
import { invariant } from '@stowage/domain';
import type { EventReaderService, JoinService, Runtime } from '@stowage/runtime';
import type { GatewayConfig } from '../config';
import { accountSettingsOperations } from './operations/account-settings';
import { capacityProviderReads } from './operations/capacity-provider-reads';
import { clusterReads } from './operations/cluster-reads';
import { containerInstanceReads } from './operations/container-instance-reads';
import { constantReads } from './operations/elbv2/constant-reads';
import { listenerReads } from './operations/elbv2/listener-reads';
import { loadBalancerReads } from './operations/elbv2/load-balancer-reads';
import { elbTagReads } from './operations/elbv2/tag-reads';
import { targetGroupReads } from './operations/elbv2/target-group-reads';
import { eventReaderOperations } from './operations/event-readers';
import { identityOperations } from './operations/identity';
import { joinTokenOperations } from './operations/join-tokens';
import type { OwnOperation } from './operations/own-operation';
import type { Reads } from './operations/reads';
import { serviceDeploymentReads } from './operations/service-deployment-reads';
import { serviceReads } from './operations/service-reads';
import { tagReads } from './operations/tag-reads';
import { taskDefinitionReads } from './operations/task-definition-reads';
import { TaskLogs } from './operations/task-logs';
import { taskProtectionReads } from './operations/task-protection-reads';
import { taskReads } from './operations/task-reads';

export interface OwnOperationsParts {
  readonly runtime: Runtime;
  readonly reads: Reads;
  readonly config: GatewayConfig;
  /** Undefined: nobody can join here. */
  readonly desk: JoinService | undefined;
  /** Undefined: there are no readers on NATS. */
  readonly readers: EventReaderService | undefined;
}

/** The operations that look at what is, by name. */
export function readOperations(reads: Reads, runtime: Runtime): Readonly<Record<string, OwnOperation>> {
  const { scope } = runtime;
  return {
    ...clusterReads(reads, scope),
    ...capacityProviderReads(reads, runtime),
    ...containerInstanceReads(reads, scope),
    ...taskDefinitionReads(reads, scope),
    ...taskReads(reads, scope),
    ...taskProtectionReads(reads, runtime),
    ...serviceReads(reads, scope),
    ...serviceDeploymentReads(reads, scope),
    ...tagReads(reads, scope),
    ...accountSettingsOperations(reads, runtime),
    ...loadBalancerReads(reads, scope),
    ...listenerReads(reads, scope),
    ...targetGroupReads(reads, scope),
    ...elbTagReads(reads, scope),
    ...constantReads(),
  };
}

/** All operations that the gateway carries out itself, by name. */
export function ownOperations(parts: OwnOperationsParts): ReadonlyMap<string, OwnOperation> {
  const { runtime, reads, config, desk, readers } = parts;
  const { scope } = runtime;
  const logs = new TaskLogs(runtime, reads, {
    requestsInFlightMax: config.logsRequestsInFlightMax,
    timeoutMs: config.logsTimeoutMs,
    foldTimeoutMs: config.readTimeoutMs,
  });
  const own = new Map(
    Object.entries({
      ...readOperations(reads, runtime),
      ...identityOperations(scope),
      ...logs.operations(),
      ...joinTokenOperations(desk, scope, config.joinTokenSeconds),
      ...eventReaderOperations(readers, runtime, config.natsEventReaderSeconds),
    }),
  );
  for (const { operations } of SERVICES) {
    for (const { name, owner } of operations.values()) {
      invariant(owner !== 'api-gateway' || own.has(name), `Nobody carries out ${name}.`);
    }
  }
  return own;
}
