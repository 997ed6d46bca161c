import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { ClearFailure } from '../clear-failure';

/** The IPv4 address that --host names. Containers' ports are bound on it too, and Docker binds those by IPv4. */
export async function addressOf(host: string): Promise<string> {
  const found = await lookup(host, { family: 4 }).catch(() => undefined);
  // An IPv6 address is returned as it is, though it is of another family.
  if (found && isIPv4(found.address)) return found.address;
  throw new ClearFailure(
    `--host ${host} has no IPv4 address: give an IPv4 address of this machine, or 0.0.0.0 to listen on all of them.`,
  );
}
