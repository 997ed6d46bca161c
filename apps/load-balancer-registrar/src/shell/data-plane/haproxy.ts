import { setTimeout as delay } from 'node:timers/promises';
import type { DataPlane } from '../../core/data-plane/data-plane';
import { mapFile } from '../../core/data-plane/backend-section';
import { mapsOf } from '../../core/data-plane/haproxy-config';
import type { HaproxyStatus } from '../../core/data-plane/target-events';
import { serverCommands, type WorkerRole } from '../../core/data-plane/plan-servers';
import { type Processes, readMap, readMark, readServers, type WorkerStatus } from '../../core/data-plane/worker-status';
import type { Configuration, Prepared } from './configuration';
import type { DataPlaneConfig } from './config';
import type { HaproxyProcess } from './haproxy-process';
import { type MasterSocket, MasterUnreachable } from './master-socket';

const POLL_MS = 20;

/** Keeps HAProxy running with the wanted configuration and the wanted servers. */
export class Haproxy {
  constructor(
    private readonly process: HaproxyProcess,
    private readonly master: MasterSocket,
    private readonly configuration: Configuration,
    private readonly config: DataPlaneConfig,
  ) {}

  /**
   * Starts or reloads HAProxy if it does not run the prepared configuration. Resolves with undefined if there is
   * nothing to run.
   */
  async run(plane: DataPlane, prepared: Prepared): Promise<Processes | undefined> {
    if (!prepared.listens) {
      await this.process.end(this.config.dataPlaneStartMs);
      return undefined;
    }
    if (this.process.pid === undefined) {
      this.configuration.write(plane, prepared);
      this.process.start();
    } else if ((await this.currentMark()) !== prepared.mark) {
      this.configuration.write(plane, prepared);
      await this.master.reload();
    }
    return this.untilMarked(prepared.mark);
  }

  async readStatus(plane: DataPlane, { worker, oldWorkers }: Processes): Promise<HaproxyStatus> {
    const old = await Promise.all(oldWorkers.map((pid) => this.statusOf(pid, plane).catch(gone)));
    const answered = old.filter((status) => status !== undefined);
    return {
      ...(worker !== undefined && { current: await this.statusOf(worker, plane) }),
      old: answered,
      isPartial: answered.length < old.length,
    };
  }

  /** Sends every worker the commands for its differences, and resolves with the number of commands. */
  async adjust(plane: DataPlane, { current, old }: HaproxyStatus): Promise<number> {
    const send = async (status: WorkerStatus, role: WorkerRole): Promise<number> => {
      const commands = serverCommands(plane, status, role);
      if (commands.length > 0) await this.master.send(status.pid, commands);
      return commands.length;
    };
    const sent = await Promise.all([
      ...(current ? [send(current, 'current')] : []),
      ...old.map((status) => send(status, 'old').catch(() => 0)),
    ]);
    return sent.reduce((sum, count) => sum + count, 0);
  }

  private async statusOf(pid: number, plane: DataPlane): Promise<WorkerStatus> {
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

  /** Sends each command on its own connection, because the answers to several commands cannot be separated. */
  private answers(pid: number, commands: readonly string[]): Promise<readonly string[]> {
    return Promise.all(commands.map(async (command) => (await this.master.send(pid, [command])).join('\n')));
  }

  private async currentMark(): Promise<string | undefined> {
    try {
      const processes = await this.master.processes();
      return processes?.worker === undefined ? undefined : await this.markOf(processes.worker);
    } catch (error) {
      if (error instanceof MasterUnreachable) return undefined;
      throw error;
    }
  }

  private async markOf(worker: number): Promise<string | undefined> {
    return readMark((await this.master.send(worker, ['show info'])).join('\n'));
  }

  /** @throws MasterUnreachable if HAProxy does not run the configuration within `dataPlaneStartMs`. */
  private async untilMarked(mark: string): Promise<Processes> {
    const deadline = performance.now() + this.config.dataPlaneStartMs;
    const { pid } = this.process;
    for (;;) {
      const processes = await this.master.processes().catch(gone);
      const worker = processes?.worker;
      if (processes && worker !== undefined && (await this.markOf(worker).catch(gone)) === mark) return processes;
      // The next pass starts it again.
      if (pid === undefined || this.process.pid !== pid) {
        throw new MasterUnreachable(`HAProxy has ended: ${this.process.lastOutput()}`);
      }
      if (performance.now() > deadline) {
        throw new MasterUnreachable(`HAProxy does not run its new configuration: ${this.process.lastOutput()}`);
      }
      await delay(POLL_MS);
    }
  }
}

/** Stands for the answer of a process that has ended in the meantime. */
const gone = (): undefined => undefined;
