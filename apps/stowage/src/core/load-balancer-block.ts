import { DEFAULT_PORT, PORTS_OF_A_STOWAGE } from './addresses';

/** 127.64.0.0/10, a range of loopback addresses. */
const FIRST = [127, 64];
const BLOCK_LENGTH = 25;
const BLOCK_SIZE = 2 ** (32 - BLOCK_LENGTH);
const PORT_COUNT = 65_536;

/**
 * Returns the address block on which load balancers of the Stowage with this API port listen. Each Stowage of a machine
 * has its own block, so that their listeners do not conflict.
 */
export function loadBalancerBlock(port: number): string {
  // The API ports of two running Stowages differ by at least the number of ports that each uses.
  const number = Math.floor(((port - DEFAULT_PORT + PORT_COUNT) % PORT_COUNT) / PORTS_OF_A_STOWAGE);
  const offset = number * BLOCK_SIZE;
  const [first = 0, second = 0] = FIRST;
  const bytes = [first, second + Math.floor(offset / 2 ** 16), Math.floor(offset / 2 ** 8) % 2 ** 8, offset % 2 ** 8];
  return `${bytes.join('.')}/${String(BLOCK_LENGTH)}`;
}
