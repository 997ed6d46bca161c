import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { JoinedIdentity } from '@stowage/runtime';
import { stowageClient } from '../cli/stowage-client';
import { EVERY_ADDRESS, hostAndPort, LOOPBACK } from '../core/addresses';
import { inStopOrder } from '../core/stop-order';
import type { InstancePlan } from '../core/instance-plan';
import { agentPlan, localInstances, whenConnected } from './agent-process';
import { writeClientEnvironment } from './client-credentials';
import { controlPlanePlan } from './control-plane-process';
import { keptSecret } from './data-folder';
import { type Deployment, joinedLocally, setAside } from './local-identity';
import type { LocalStowageParts } from './local-stowage-parts';
import { natsPlan, prepareNats } from './nats-process';
import { stopHaproxy } from './own-processes';
import { requireFreePorts } from './ports';
import { initialisePostgres, postgresPlan, type PostgresPlace, previousPostmasterGone } from './postgres-process';
import { type ProcessPlan, SupervisedProcess } from './supervised-process';
import { drain, removeWhenIdle, surplusAgents, undrain } from './surplus-instances';

const PASSWORD_BYTES = 24;

/** All processes of a Stowage on one machine. */
export class LocalStowage {
  private readonly processes: SupervisedProcess[] = [];
  private readonly ending = new AbortController();

  constructor(
    private readonly parts: LocalStowageParts,
    private readonly report: (sentence: string) => void,
  ) {}

  /**
   * Starts all processes. Resolves with the endpoint when tasks can run.
   * @throws UserError if a process fails to start.
   */
  async start(): Promise<string> {
    const { options, folder, config } = this.parts;
    const { host, port } = options;
    const place: PostgresPlace = { folder: folder.postgres, port: port + 2, password: this.secret('postgres') };
    await requireFreePorts([
      { host, port, purpose: 'the API' },
      { host, port: port + 1, purpose: 'NATS' },
      { host: LOOPBACK, port: place.port, purpose: 'Postgres' },
    ]);
    const endpoint = `http://${hostAndPort(host === EVERY_ADDRESS ? LOOPBACK : host, port)}`;
    const client = writeClientEnvironment(folder.env, endpoint, config.region);
    const nats = await prepareNats(this.parts);
    // All three start concurrently: the control plane waits for NATS and Postgres, and loads longer than either.
    await Promise.all([
      this.run(natsPlan(this.parts)),
      this.startPostgres(place),
      this.run(controlPlanePlan(this.parts, { client, postgres: place, nats })),
    ]);
    const deployment = { client: stowageClient(client), endpoint, nats, report: this.report };
    await this.startAgents(deployment);
    return endpoint;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    for (const group of inStopOrder(this.processes)) await Promise.all(group.map((one) => one.stop()));
    await stopHaproxy(this.parts.folder.path);
  }

  private async startPostgres(place: PostgresPlace): Promise<void> {
    await initialisePostgres(this.parts.tools, place);
    await previousPostmasterGone(place.folder);
    await this.run(postgresPlan(this.parts, place));
  }

  private async startAgents(deployment: Deployment): Promise<void> {
    const { folder, options } = this.parts;
    const wanted = localInstances(this.parts, options.instances).map(async (instance) => {
      await this.startAgent(instance, deployment);
      await undrain(folder, instance.name, deployment.client);
    });
    const surplus = [...surplusAgents(folder, options.instances)].map(([number, identity]) =>
      this.retire(number, identity, deployment),
    );
    await Promise.all([...wanted, ...surplus]);
  }

  /** Runs the agent of an instance beyond --instances until its tasks have stopped. */
  private async retire(number: number, identity: JoinedIdentity, deployment: Deployment): Promise<void> {
    const { folder } = this.parts;
    const plan = localInstances(this.parts, number).at(-1);
    if (!plan) return;
    if (!(await drain(folder, plan.name, deployment))) {
      setAside(folder, plan.name, identity, this.report);
      return;
    }
    const agent = await this.startAgent(plan, deployment);
    const stop = async (): Promise<void> => agent?.stop();
    void removeWhenIdle(folder, plan.name, { ...deployment, stop, signal: this.ending.signal });
  }

  private async startAgent(instance: InstancePlan, deployment: Deployment): Promise<SupervisedProcess | undefined> {
    const identity = await joinedLocally(this.parts.folder, instance.name, deployment);
    return this.run(agentPlan(this.parts, instance, (signal) => whenConnected(deployment.client, identity, signal)));
  }

  private async run(plan: ProcessPlan): Promise<SupervisedProcess | undefined> {
    if (this.ending.signal.aborted) return undefined;
    const one = new SupervisedProcess(plan, this.report);
    this.processes.push(one);
    await one.start();
    return one;
  }

  private secret(name: string): string {
    return keptSecret(join(this.parts.folder.secrets, name), () => randomBytes(PASSWORD_BYTES).toString('base64url'));
  }
}
