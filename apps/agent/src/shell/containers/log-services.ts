import { stat } from 'node:fs/promises';
import type { LogServices } from '../../core/control-plane/registration';

/** Socket of journald, to which Docker's log driver `journald` writes. */
const JOURNAL_SOCKETS = ['/run/systemd/journal/socket'];
/** Sockets at which Docker's log driver `syslog` expects a server if it has no address. */
const SYSLOG_SOCKETS = ['/dev/log', '/var/run/syslog', '/var/run/log'];

/**
 * Finds the log services of this machine. Docker runs on the same machine, because the agent connects to it by a
 * socket.
 */
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
