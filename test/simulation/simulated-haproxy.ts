import { type EpochMs, type Random, type Target, type TaskId } from '@stowage/domain';
import { backendName, type DataPlane } from '../../apps/load-balancer-registrar/src/core/data-plane/data-plane';
import type { HaproxyStatus } from '../../apps/load-balancer-registrar/src/core/data-plane/target-events';
import { isSuccess, serverCommands } from '../../apps/load-balancer-registrar/src/core/data-plane/plan-servers';
import { fallbackName, serverName } from '../../apps/load-balancer-registrar/src/core/data-plane/server';
import type { CheckResult, ServerStatus } from '../../apps/load-balancer-registrar/src/core/data-plane/worker-status';
import type { DataPlaneLoop } from '../../apps/load-balancer-registrar/src/shell/data-plane/data-plane-loop';
import type { Life, VirtualTime } from './virtual-time';

interface Server {
  admin: ServerStatus['admin'];
  isUp: boolean;
  /** True if the server's health is checked. Without checks, its health does not change. */
  isChecked: boolean;
  check: CheckResult | undefined;
  /** Number of consecutive checks that contradict the present state. */
  against: number;
  /** Time at which the last connection of a server without new connections ends. */
  connectedUntil: EpochMs;
  /** The task of the target at the time of the last command. */
  task: TaskId | undefined;
}

/** Number of checks after which a server goes up or down, as in the world's target groups. */
const THRESHOLD = 2;
const CONNECTION_MS = 40_000;
const PID = 1;

/**
 * Stands for HAProxy, with simulated clients and health. It executes the real data plane's commands of the runtime API.
 * It outlives the registrar, and restarts without its earlier commands.
 */
export class SimulatedHaproxy {
  private readonly servers = new Map<string, Server>();
  private runs = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly answers: (task: TaskId) => boolean,
  ) {}

  /** Returns the parts that the registrar of `life` controls. */
  partsFor(life: Life): ConstructorParameters<typeof DataPlaneLoop>[1] {
    const answer = <Answer>(what: () => Answer): Promise<Answer> => this.time.sleep(life, 1).then(what);
    const parts = {
      configuration: {
        prepare: ({ frontends }: DataPlane) => Promise.resolve({ listens: frontends.length > 0, refused: new Map() }),
      },
      haproxy: {
        run: (plane: DataPlane, { listens }: { readonly listens: boolean }) => answer(() => this.run(plane, listens)),
        readStatus: () => answer((): HaproxyStatus => this.readStatus()),
        adjust: (plane: DataPlane, { current }: HaproxyStatus) =>
          current ? answer(() => this.tell(plane, current.servers)) : Promise.resolve(0),
      },
    };
    return parts as unknown as ConstructorParameters<typeof DataPlaneLoop>[1];
  }

  /** Kills HAProxy. The next pass starts it again. */
  kill(): void {
    this.runs = false;
    this.servers.clear();
  }

  /** Returns true if clients' requests go to this target of the group, or if connections to it are left. */
  serves(targetGroup: string, target: Target): boolean {
    const names = [serverName(target), fallbackName(target)];
    return [...this.servers].some(([path, server]) => {
      const [backend = '', name = ''] = path.split('/');
      const isIts = backend.startsWith(`${targetGroup}-`) && names.includes(name);
      return isIts && (takes(server) || this.sessions(server) > 0);
    });
  }

  private run(plane: DataPlane, listens: boolean): object | undefined {
    if (!listens) return undefined;
    if (!this.runs) this.tell(plane, []);
    this.runs = true;
    return { master: PID, worker: PID, oldWorkers: [] };
  }

  private readStatus(): HaproxyStatus {
    if (!this.runs) return { old: [] };
    for (const server of this.servers.values()) if (server.isChecked && server.admin === 'ready') this.check(server);
    const servers = [...this.servers].map(([path, server]): ServerStatus => {
      const [backend = '', name = ''] = path.split('/');
      const { admin, isUp, check } = server;
      return { backend, name, admin, isUp, sessions: this.sessions(server), ...(check && { check }) };
    });
    return { current: { pid: PID, servers, maps: new Map() }, old: [] };
  }

  private check(server: Server): void {
    const passes = server.task !== undefined && this.answers(server.task);
    server.check = { status: passes ? 'L4OK' : 'L4CON' };
    server.against = isSuccess(server.check.status) === server.isUp ? 0 : server.against + 1;
    if (server.against < THRESHOLD) return;
    server.isUp = passes;
    server.against = 0;
  }

  private sessions(server: Server): number {
    return takes(server) || server.connectedUntil > this.time.now ? 1 : 0;
  }

  private tell(plane: DataPlane, seen: readonly ServerStatus[]): number {
    const status = { pid: PID, servers: seen, maps: new Map() };
    const commands = serverCommands(plane, status, 'current');
    for (const command of commands) this.obey(command);
    for (const { group } of plane.backends) {
      for (const target of group.targets) {
        for (const name of [serverName(target), fallbackName(target)]) {
          const server = this.servers.get(`${backendName(group)}/${name}`);
          if (server) server.task = target.task?.task;
        }
      }
    }
    return commands.length;
  }

  /** Executes one command of the runtime API. */
  private obey(command: string): void {
    const words = command.split(' ');
    const [path = '', what, value] = words.slice(2);
    if (words[0] === 'add') return this.add(path, words.includes('check'));
    const server = this.servers.get(words[0] === 'shutdown' ? (words[3] ?? '') : path);
    // The real HAProxy also loses commands that were sent before it was killed.
    if (!server) return;
    if (words[0] === 'del') return this.remove(path, server);
    if (words[0] === 'shutdown') server.connectedUntil = 0;
    if (what === 'health') server.isUp = value === 'up';
    if (what === 'state') this.setState(server, value === 'maint' ? 'maintenance' : (value as ServerStatus['admin']));
  }

  private add(path: string, isChecked: boolean): void {
    const [admin, isUp] = ['maintenance', true] as const;
    const rest = { check: undefined, against: 0, connectedUntil: 0, task: undefined };
    this.servers.set(path, { admin, isUp, isChecked, ...rest });
  }

  private remove(path: string, server: Server): void {
    if (server.admin !== 'maintenance' || this.sessions(server) > 0) {
      this.time.fail(new Error(`Server ${path} is ${server.admin} and cannot be deleted.`));
    }
    this.servers.delete(path);
  }

  private setState(server: Server, admin: ServerStatus['admin']): void {
    const isBusy = takes(server) && admin !== 'ready' && this.random.next() < 0.7;
    if (isBusy) server.connectedUntil = this.time.now + this.random.below(CONNECTION_MS);
    server.admin = admin;
  }
}

/** Returns true if new requests go there. */
const takes = ({ admin, isUp }: Server): boolean => admin === 'ready' && isUp;
