import { stat } from 'node:fs/promises';
import type { LogServices } from '../../core/control-plane/registration';

/** Where Docker's log driver `journald` writes. */
const JOURNAL_SOCKETS = ['/run/systemd/journal/socket'];
/** Where Docker's log driver `syslog` looks for a server when it has no address. */
const SYSLOG_SOCKETS = ['/dev/log', '/var/run/syslog', '/var/run/log'];

/** Looks for the log services of the machine, which is Docker's machine: the agent reaches Docker by a socket as well. */
export async function findLogServices(): Promise<LogServices> {
  const [journal, syslog] = await Promise.all([anySocket(JOURNAL_SOCKETS), anySocket(SYSLOG_SOCKETS)]);
  return { journal, syslog };
}

async function anySocket(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (stats) => stats.isSocket(),
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
