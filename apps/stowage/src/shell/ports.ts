import { createServer } from 'node:net';
import { ClearFailure } from '../clear-failure';

export interface PortUse {
  readonly host: string;
  readonly port: number;
  /** What would listen there, for the message. */
  readonly purpose: string;
}

/** Looks before anything is started whether every port can be had. @throws ClearFailure naming the first that can't. */
export async function requireFreePorts(uses: readonly PortUse[]): Promise<void> {
  const problems = await Promise.all(uses.map(problemWith));
  const problem = problems.find((sentence) => sentence !== undefined);
  if (problem !== undefined) throw new ClearFailure(problem);
}

async function problemWith({ host, port, purpose }: PortUse): Promise<string | undefined> {
  const code = await bindErrorOf(host, port);
  if (code === undefined) return undefined;
  const where = `port ${String(port)} on ${host}`;
  if (code === 'EADDRINUSE') return `The ${where} for ${purpose} is taken: choose another with --port.`;
  if (code === 'EACCES') return `You may not listen on ${where} for ${purpose}: choose a --port above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `This machine has no address ${host} to listen on for ${purpose}.`;
  return `Cannot listen on ${where} for ${purpose} (${code}).`;
}

function bindErrorOf(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}
