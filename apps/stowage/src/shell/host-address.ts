import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { UserError } from '../user-error';

/**
 * Resolves with the IPv4 address of --host. The ports of containers are bound on it too, and Docker binds them by IPv4.
 * @throws UserError if the host has no IPv4 address.
 */
export async function addressOf(host: string): Promise<string> {
  const found = await lookup(host, { family: 4 }).catch(() => undefined);
  // The lookup returns an IPv6 address unchanged, although it requests the other family.
  if (found && isIPv4(found.address)) return found.address;
  throw new UserError(
    `--host ${host} has no IPv4 address: give an IPv4 address of this machine, or 0.0.0.0 to listen on all of them.`,
  );
}
