import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/**
 * Another machine as far as the network is concerned: a network namespace with its own address, connected to this one.
 * Needs root and iproute2.
 */
export class OtherMachine {
  private constructor(
    private readonly name: string,
    /** Address of this end of the connection. */
    readonly hereAddress: string,
    /** Address of the other machine. */
    readonly address: string,
  ) {}

  static create(): OtherMachine {
    const number = randomInt(1, 250);
    const name = `stowage-${String(process.pid)}-${String(number)}`;
    const machine = new OtherMachine(name, `10.213.${String(number)}.1`, `10.213.${String(number)}.2`);
    const [near, far] = [`stw${String(number)}a`, `stw${String(number)}b`];
    ip('netns', 'add', name);
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    ip('address', 'add', `${machine.hereAddress}/24`, 'dev', near);
    ip('link', 'set', near, 'up');
    ip('-n', name, 'address', 'add', `${machine.address}/24`, 'dev', far);
    ip('-n', name, 'link', 'set', far, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return machine;
  }

  /** Returns the command line that runs a command on the other machine. */
  command(...args: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.name, ...args];
  }

  /** The connection is removed with the namespace. */
  destroy(): void {
    ip('netns', 'delete', this.name);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
