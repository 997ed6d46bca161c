import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stowageClient } from '../cli/stowage-client';
import { EVERY_ADDRESS, hostAndPort, LOOPBACK } from '../core/addresses';
import { inEndOrder } from '../core/end-order';
import type { InstancePlan } from '../core/instance-plan';
import { agentPlan, type Deployment, joinedLocally, localInstances, whenConnected } from './agent-process';
import { writeClientEnvironment } from './client-credentials';
import { controlPlanePlan } from './control-plane-process';
import { keptSecret } from './data-folder';
import type { LocalStowageParts } from './local-stowage-parts';
import { natsPlan, prepareNats } from './nats-process';
import { endHaproxy } from './own-processes';
import { requireFreePorts } from './ports';
import { initialisePostgres, postgresPlan, type PostgresPlace, predecessorGone } from './postgres-process';
import { type ProcessPlan, SupervisedProcess } from './supervised-process';

const PASSWORD_BYTES = 24;

/** All processes of a Stowage on one machine. */
export class LocalStowage {
  private readonly processes: SupervisedProcess[] = [];
  private ending = false;

  constructor(
    private readonly parts: LocalStowageParts,
    private readonly tell: (sentence: string) => void,
  ) {}

  /** Resolves with the endpoint when tasks can be run. @throws ClearFailure */
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
    // The control plane waits for both by itself, and takes longer to load than either takes to start.
    await Promise.all([
      this.run(natsPlan(this.parts)),
      this.startPostgres(place),
      this.run(controlPlanePlan(this.parts, { client, postgres: place, nats })),
    ]);
    const services = stowageClient(client);
    await Promise.all(
      localInstances(this.parts).map((instance) => this.startAgent(instance, { client: services, endpoint, nats })),
    );
    return endpoint;
  }

  async stop(): Promise<void> {
    this.ending = true;
    for (const group of inEndOrder(this.processes)) await Promise.all(group.map((one) => one.stop()));
    await endHaproxy(this.parts.folder.path);
  }

  private async startPostgres(place: PostgresPlace): Promise<void> {
    await initialisePostgres(this.parts.tools, place);
    await predecessorGone(place.folder);
    await this.run(postgresPlan(this.parts, place));
  }

  private async startAgent(instance: InstancePlan, deployment: Deployment): Promise<void> {
    const identity = await joinedLocally(this.parts, instance, deployment);
    await this.run(agentPlan(this.parts, instance, (signal) => whenConnected(deployment.client, identity, signal)));
  }

  private async run(plan: ProcessPlan): Promise<void> {
    if (this.ending) return;
    const one = new SupervisedProcess(plan, this.tell);
    this.processes.push(one);
    await one.start();
  }

  private secret(name: string): string {
    return keptSecret(join(this.parts.folder.secrets, name), () => randomBytes(PASSWORD_BYTES).toString('base64url'));
  }
}
