import { DEFAULT_PORT, PORTS_OF_A_STOWAGE } from './addresses';

/** 127.64.0.0/10: loopback, where every address is this machine's. */
const FIRST = [127, 64];
const BLOCK_LENGTH = 25;
const BLOCK_SIZE = 2 ** (32 - BLOCK_LENGTH);
const PORT_COUNT = 65_536;

/**
 * The addresses on which load balancers of the Stowage with this API port listen, as a block: every Stowage of a machine has
 * its own, or both would want the same port of the same address.
 */
export function loadBalancerBlock(port: number): string {
  // The ports of two that run at once are at least as far apart as each has ports.
  const number = Math.floor(((port - DEFAULT_PORT + PORT_COUNT) % PORT_COUNT) / PORTS_OF_A_STOWAGE);
  const offset = number * BLOCK_SIZE;
  const [first = 0, second = 0] = FIRST;
  const bytes = [first, second + Math.floor(offset / 2 ** 16), Math.floor(offset / 2 ** 8) % 2 ** 8, offset % 2 ** 8];
  return `${bytes.join('.')}/${String(BLOCK_LENGTH)}`;
}
