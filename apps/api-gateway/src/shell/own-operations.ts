import { Inject, Injectable, Optional } from '@nestjs/common';
import { SERVICES } from '@stowage/aws-api';
import { invariant } from '@stowage/domain';
import { ReadModel } from '@stowage/read-model';
import { EventReaderService, JoinService, RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';
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
import { Reads } from './operations/reads';
import { serviceDeploymentReads } from './operations/service-deployment-reads';
import { serviceReads } from './operations/service-reads';
import { tagReads } from './operations/tag-reads';
import { taskDefinitionReads } from './operations/task-definition-reads';
import { TaskLogs } from './operations/task-logs';
import { taskProtectionReads } from './operations/task-protection-reads';
import { taskReads } from './operations/task-reads';

/** The operations that read the current state, by name. */
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

/** The operations that the gateway itself carries out, by name. */
@Injectable()
export class OwnOperations {
  readonly reads: Reads;
  private readonly byName: ReadonlyMap<string, OwnOperation>;

  constructor(
    @Inject(RUNTIME) runtime: Runtime,
    config: GatewayConfig,
    model: ReadModel,
    @Optional() @Inject(JoinService) join: JoinService | undefined,
    @Optional() @Inject(EventReaderService) readers: EventReaderService | undefined,
  ) {
    this.reads = new Reads(model, model.position, config.readTimeoutMs);
    const logs = new TaskLogs(runtime, this.reads, {
      requestsInFlightMax: config.logsRequestsInFlightMax,
      timeoutMs: config.logsTimeoutMs,
      foldTimeoutMs: config.readTimeoutMs,
    });
    this.byName = new Map(
      Object.entries({
        ...readOperations(this.reads, runtime),
        ...identityOperations(runtime.scope),
        ...logs.operations(),
        ...joinTokenOperations(join, runtime.scope, config.joinTokenSeconds),
        ...eventReaderOperations(readers, runtime, config.natsEventReaderSeconds),
      }),
    );
    for (const { operations } of SERVICES) {
      for (const { name, owner } of operations.values()) {
        invariant(owner !== 'api-gateway' || this.byName.has(name), `No handler for ${name}.`);
      }
    }
  }

  find(name: string): OwnOperation | undefined {
    return this.byName.get(name);
  }
}
