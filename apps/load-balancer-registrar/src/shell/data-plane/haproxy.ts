import { setTimeout as delay } from 'node:timers/promises';
import type { DataPlane } from '../../core/data-plane/data-plane';
import { mapFile } from '../../core/data-plane/backend-section';
import { mapsOf } from '../../core/data-plane/haproxy-config';
import type { Sighting } from '../../core/data-plane/judge-targets';
import { serverCommands, type WorkerRole } from '../../core/data-plane/plan-servers';
import { type Processes, readMap, readMark, readServers, type WorkerSighting } from '../../core/data-plane/sightings';
import type { Configuration, Prepared } from './configuration';
import type { DataPlaneConfig } from './config';
import type { HaproxyProcess } from './haproxy-process';
import { type MasterSocket, MasterUnreachable } from './master-socket';

const POLL_MS = 20;

/** HAProxy as it runs: kept running, on the configuration that is wanted, with the servers that are wanted. */
export class Haproxy {
  constructor(
    private readonly process: HaproxyProcess,
    private readonly master: MasterSocket,
    private readonly configuration: Configuration,
    private readonly config: DataPlaneConfig,
  ) {}

  /** Starts or reloads it where it does not run what was prepared; undefined when there is nothing to run. */
  async run(plane: DataPlane, prepared: Prepared): Promise<Processes | undefined> {
    if (!prepared.listens) {
      await this.process.end(this.config.dataPlaneStartMs);
      return undefined;
    }
    if (this.process.pid === undefined) {
      this.configuration.write(plane, prepared);
      this.process.start();
    } else if ((await this.markNow()) !== prepared.mark) {
      this.configuration.write(plane, prepared);
      await this.master.reload();
    }
    return this.onceMarked(prepared.mark);
  }

  async look(plane: DataPlane, { worker, oldWorkers }: Processes): Promise<Sighting> {
    const old = await Promise.all(oldWorkers.map((pid) => this.sight(pid, plane).catch(gone)));
    const answered = old.filter((sighting) => sighting !== undefined);
    return {
      ...(worker !== undefined && { current: await this.sight(worker, plane) }),
      old: answered,
      isPartial: answered.length < old.length,
    };
  }

  /** Tells every worker what it should do otherwise, and how many commands that took. */
  async adjust(plane: DataPlane, { current, old }: Sighting): Promise<number> {
    const tell = async (sighting: WorkerSighting, role: WorkerRole): Promise<number> => {
      const commands = serverCommands(plane, sighting, role);
      if (commands.length > 0) await this.master.tell(sighting.pid, commands);
      return commands.length;
    };
    const told = await Promise.all([
      ...(current ? [tell(current, 'current')] : []),
      ...old.map((sighting) => tell(sighting, 'old').catch(() => 0)),
    ]);
    return told.reduce((sum, count) => sum + count, 0);
  }

  private async sight(pid: number, plane: DataPlane): Promise<WorkerSighting> {
    const sticky = [...mapsOf(plane).keys()];
    const [statistics = '', states = '', ...maps] = await this.answers(pid, [
      'show stat -1 4 -1',
      'show servers state',
      ...sticky.map((backend) => `show map ${mapFile(backend)}`),
    ]);
    return {
      pid,
      servers: readServers(statistics, states),
      maps: new Map(sticky.map((backend, at) => [backend, readMap(maps[at] ?? '')])),
    };
  }

  /** Side by side: what one command says is told apart from what the next does. */
  private answers(pid: number, commands: readonly string[]): Promise<readonly string[]> {
    return Promise.all(commands.map(async (command) => (await this.master.tell(pid, [command])).join('\n')));
  }

  private async markNow(): Promise<string | undefined> {
    try {
      const processes = await this.master.processes();
      return processes?.worker === undefined ? undefined : await this.markOf(processes.worker);
    } catch (error) {
      if (error instanceof MasterUnreachable) return undefined;
      throw error;
    }
  }

  private async markOf(worker: number): Promise<string | undefined> {
    return readMark((await this.master.tell(worker, ['show info'])).join('\n'));
  }

  /** @throws MasterUnreachable when it did not get there in time. */
  private async onceMarked(mark: string): Promise<Processes> {
    const deadline = performance.now() + this.config.dataPlaneStartMs;
    let { pid } = this.process;
    for (;;) {
      // It was killed meanwhile: the next look starts it again.
      if (pid !== undefined && this.process.pid !== pid) throw new MasterUnreachable('HAProxy has ended.');
      pid = this.process.pid;
      const processes = await this.master.processes().catch(gone);
      const worker = processes?.worker;
      if (processes && worker !== undefined && (await this.markOf(worker).catch(gone)) === mark) return processes;
      if (performance.now() > deadline)
        throw new MasterUnreachable('HAProxy does not run the configuration it was given.');
      await delay(POLL_MS);
    }
  }
}

/** What was asked has ended meanwhile. */
const gone = (): undefined => undefined;
