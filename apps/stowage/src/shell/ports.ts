import { createServer } from 'node:net';
import { UserError } from '../user-error';

export interface PortUse {
  readonly host: string;
  readonly port: number;
  /** Purpose of the port, for the error message. */
  readonly purpose: string;
}

/** Checks before the start that every port is available. @throws UserError that names the first one that is not. */
export async function requireFreePorts(uses: readonly PortUse[]): Promise<void> {
  const problems = await Promise.all(uses.map(problemWith));
  const problem = problems.find((sentence) => sentence !== undefined);
  if (problem !== undefined) throw new UserError(problem);
}

async function problemWith({ host, port, purpose }: PortUse): Promise<string | undefined> {
  const code = await bindErrorOf(host, port);
  if (code === undefined) return undefined;
  const where = `port ${String(port)} on ${host}`;
  if (code === 'EADDRINUSE') return `The ${where} for ${purpose} is taken: choose another with --port.`;
  if (code === 'EACCES') return `This user may not listen on ${where} for ${purpose}: choose a --port above 1023.`;
  if (code === 'EADDRNOTAVAIL')
    return `This machine does not have the address ${host} to listen on for ${purpose}: choose another --host.`;
  return `Cannot listen on ${where} for ${purpose} (${code}).`;
}

function bindErrorOf(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}
