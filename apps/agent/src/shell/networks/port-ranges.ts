import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Ecs } from '@stowage/domain';
import { parsePortRange, type PortRange } from '../../core/networks/network-bindings';
import type { ContainerPlan } from '../../core/tasks/task-plan';
import { EngineError } from '../containers/container-engine';

/** Docker's own dynamic range on most hosts. It applies if none is configured. */
const DEFAULT_RANGE: PortRange = { from: 49_153, to: 65_535 };
const ATTEMPTS_MAX = 200;
/** Time within which an assigned range is not assigned again, because its container may not listen yet. */
const RESERVED_MS = 60_000;

/** Finds consecutive free host ports for the `containerPortRange` of a container. Docker itself does not do so. */
export class PortRanges {
  private readonly reserved: { readonly range: PortRange; readonly at: number }[] = [];

  constructor(
    private readonly bindIp: string,
    private readonly dynamicRange: string | undefined,
  ) {}

  async choose(container: ContainerPlan): Promise<ReadonlyMap<string, PortRange>> {
    const chosen = new Map<string, PortRange>();
    for (const mapping of container.definition.portMappings ?? []) {
      if (!mapping.containerPortRange) continue;
      chosen.set(mapping.containerPortRange, await this.free(parsePortRange(mapping.containerPortRange), mapping));
    }
    return chosen;
  }

  private async free(wanted: PortRange, { protocol = 'tcp' }: Ecs.PortMapping): Promise<PortRange> {
    const among = this.dynamicRange ? parsePortRange(this.dynamicRange) : DEFAULT_RANGE;
    const count = wanted.to - wanted.from + 1;
    const places = among.to - among.from + 1 - count;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && places >= 0; attempt += 1) {
      const from = among.from + Math.floor(Math.random() * (places + 1));
      const range = { from, to: from + count - 1 };
      if (!this.isReserved(range) && (await this.isFree(range, protocol))) {
        this.reserved.push({ range, at: performance.now() });
        return range;
      }
    }
    throw new EngineError('refused', `There are no ${String(count)} consecutive free host ports.`);
  }

  private isReserved(range: PortRange): boolean {
    const since = performance.now() - RESERVED_MS;
    while (this.reserved[0] && this.reserved[0].at < since) this.reserved.shift();
    return this.reserved.some(({ range: other }) => range.from <= other.to && other.from <= range.to);
  }

  private async isFree({ from, to }: PortRange, protocol: 'tcp' | 'udp'): Promise<boolean> {
    for (let port = from; port <= to; port += 1) {
      if (!(await (protocol === 'udp' ? canBindUdp : canListen)(port, this.bindIp))) return false;
    }
    return true;
  }
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
}

function canBindUdp(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address }, () => socket.close(() => resolve(true)));
  });
}
