import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { writeClientEnvironment } from './client-credentials';
import { controlPlanePlan } from './control-plane-process';
import { keptSecret } from './data-folder';
import type { LocalStowageParts } from './local-stowage-parts';
import { natsPlan, prepareNats } from './nats-process';
import { requireFreePorts } from './ports';
import { initialisePostgres, postgresPlan, type PostgresPlace } from './postgres-process';
import { type ProcessPlan, SupervisedProcess } from './supervised-process';

const PASSWORD_BYTES = 24;

/** All processes of a Stowage on one machine: started in the order in which they need each other, ended in the reverse. */
export class LocalStowage {
  /** In the order in which they were started. */
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
      { host: '127.0.0.1', port: place.port, purpose: 'Postgres' },
    ]);
    const endpoint = `http://${host}:${String(port)}`;
    const client = writeClientEnvironment(folder.env, endpoint, config.region);
    await Promise.all([this.startNats(), this.startPostgres(place)]);
    await this.run(controlPlanePlan(this.parts, { client, postgres: place }));
    return endpoint;
  }

  async stop(): Promise<void> {
    this.ending = true;
    for (const one of this.processes.splice(0).reverse()) await one.stop();
  }

  private async startNats(): Promise<void> {
    await prepareNats(this.parts);
    await this.run(natsPlan(this.parts));
  }

  private async startPostgres(place: PostgresPlace): Promise<void> {
    await initialisePostgres(this.parts.tools, place);
    await this.run(postgresPlan(this.parts, place));
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
