import { Injectable } from '@nestjs/common';
import { KeyedMutex } from '@stowage/concurrency';
import {
  AGENT_MESSAGES,
  decideRecovery,
  type HeartbeatAnswer,
  type InstanceId,
  type RecoveredAnswer,
  Refusal,
  type RegisterAnswer,
  registeredInstance,
  type ReportAnswer,
  type TaskDefinitionAnswer,
  type TaskDefinitionRef,
  type TaskProtectionAnswer,
  type WorkAnswer,
} from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import type { AgentHandlers } from '@stowage/runtime';
import { decideOwnProtection } from '../../core/agents/decide-own-protection';
import { decideRegistration } from '../../core/agents/decide-registration';
import { decideReport } from '../../core/agents/decide-report';
import { workOf } from '../../core/agents/work';
import { AgentLedgers } from './agent-ledgers';
import { AgentSideConfig } from './config';
import { Connections } from './connections';
import { News } from './news';

/** Handles the requests of agents, one method for each verb. An error makes the agent retry; a refusal is an answer. */
@Injectable()
export class AgentRequests implements AgentHandlers {
  private readonly reports = new KeyedMutex<InstanceId>();

  constructor(
    private readonly ledgers: AgentLedgers,
    private readonly connections: Connections,
    private readonly news: News,
    private readonly config: AgentSideConfig,
  ) {}

  async register(instance: InstanceId, body: unknown): Promise<RegisterAnswer> {
    try {
      const request = AGENT_MESSAGES.register.request(body);
      const { cluster } = request;
      // A refusal is final for the agent, so a fold that lags must not cause it.
      await this.ledgers.catchUp();
      const ledger = subjectOf({ kind: 'instance', cluster, instance });
      const position = await this.ledgers.write(
        'agent registers',
        (state) =>
          decideRegistration(state, {
            instance,
            request,
            hasLedger: this.ledgers.runtime.fold.lastSequenceOf(ledger) > 0,
            defaultAvailabilityZone: this.config.defaultAvailabilityZone ?? `${this.ledgers.runtime.scope.region}a`,
          }),
        // A cluster with instances cannot be deleted. This expectation protects a cluster that gets its first instance.
        this.ledgers.state.instances.has(instance) ? [] : [subjectOf({ kind: 'cluster', cluster })],
      );
      await this.ledgers.reached(position);
      this.connections.renew(instance);
      return { accepted: true, position, leaseMs: this.config.leaseMs };
    } catch (error) {
      if (error instanceof Refusal) return { accepted: false, reason: error.message };
      throw error;
    }
  }

  heartbeat(instance: InstanceId, body: unknown): Promise<HeartbeatAnswer> {
    const { cluster, seen } = AGENT_MESSAGES.heartbeat.request(body);
    const registered = registeredInstance(this.ledgers.state, cluster, instance) !== undefined;
    if (registered) this.connections.renew(instance);
    if (seen && seen.journal !== this.ledgers.runtime.journal.id) {
      this.ledgers.runtime.logger.error({ instance, seen }, 'An agent has a position of a different journal.');
    }
    const { leaseMs } = this.config;
    return Promise.resolve({ registered, position: this.news.position(instance), leaseMs });
  }

  async work(instance: InstanceId, body: unknown): Promise<WorkAnswer> {
    const { cluster, seen } = AGENT_MESSAGES.work.request(body);
    await this.ledgers.reached(seen);
    // An empty list would make the agent stop its tasks. The replica lags, or the instance was deregistered.
    const registered = registeredInstance(this.ledgers.state, cluster, instance);
    if (!registered) {
      throw new NotRegistered(`Container instance ${instance} is not registered in cluster ${cluster}.`);
    }
    const { runtime, state, position } = this.ledgers;
    const { lostAt } = registered;
    return { position, tasks: workOf(state, instance, runtime.scope), ...(lostAt !== undefined && { lostAt }) };
  }

  async recovered(instance: InstanceId, body: unknown): Promise<RecoveredAnswer> {
    const { cluster, seen, lostAt } = AGENT_MESSAGES.recovered.request(body);
    await this.ledgers.reached(seen);
    const position = await this.ledgers.write('agent cleaned up', (state) =>
      decideRecovery(state, { cluster, instance, lostAt }),
    );
    return { position };
  }

  async 'task-definition'(instance: InstanceId, body: unknown): Promise<TaskDefinitionAnswer> {
    const ref = AGENT_MESSAGES['task-definition'].request(body);
    // The agent has the revision from its work list, which another replica may have answered.
    if (!this.runs(instance, ref)) await this.ledgers.catchUp();
    const revision = this.runs(instance, ref) ? this.ledgers.state.taskDefinition(ref) : undefined;
    return revision ? { found: true, definition: revision.definition } : { found: false };
  }

  async report(instance: InstanceId, body: unknown): Promise<ReportAnswer> {
    try {
      const report = AGENT_MESSAGES.report.request(body);
      await this.ledgers.reached(report.seen);
      const position = await this.reports.run(instance, () =>
        this.ledgers.write('agent reports', (state) => decideReport(state, instance, report)),
      );
      return { accepted: true, position };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { accepted: false, position: this.ledgers.position, reason: error.message };
    }
  }

  async 'task-protection'(instance: InstanceId, body: unknown): Promise<TaskProtectionAnswer> {
    try {
      const request = AGENT_MESSAGES['task-protection'].request(body);
      await this.ledgers.reached(request.seen);
      let answer: TaskProtectionAnswer = { outcome: 'failed', reason: 'MISSING' };
      await this.ledgers.write('a container asks for its task', (state, at) => {
        const decision = decideOwnProtection(state, { instance, request, at });
        answer = decision.answer;
        return decision.events;
      });
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { outcome: 'refused', code: error.code, message: error.message };
    }
  }

  /** Returns true if a task of the instance has this revision: an agent gets no other instance's data. */
  private runs(instance: InstanceId, { family, revision }: TaskDefinitionRef): boolean {
    for (const id of this.ledgers.state.tasksOn(instance)) {
      const ref = this.ledgers.state.tasks.get(id)?.taskDefinition;
      if (ref?.family === family && ref.revision === revision) return true;
    }
    return false;
  }
}

/** The instance is not registered, so that it has no work list. */
export class NotRegistered extends Error {
  override readonly name = 'NotRegistered';
}
