import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorText } from '@stowage/concurrency';
import { followDeployment, joinDeployment, joinedIdentity, type JoinedIdentity } from '@stowage/runtime';
import { ClearFailure } from '../clear-failure';

const STANDARD_INPUT = '-';
const JOIN_TOKEN_PATTERN = /^[\w-]{8,}\.[\w-]{8,}$/;

export interface AgentOptions {
  /** Where it keeps its identity and its tasks. */
  readonly directory: string;
  readonly docker: string;
  /** A file with the join token, or `-` for standard input. Only at the first start, with `server`. */
  readonly tokenFile?: string;
  /** Where the API is. At later starts only if it is elsewhere since. */
  readonly server?: string;
  readonly zone?: string;
  readonly bind?: string;
}

/**
 * Makes this machine a container instance of a Stowage elsewhere, and is its agent until it is told to end. Once it has
 * joined it needs no token again. Resolves with the agent's exit code.
 */
export async function runAgent(options: AgentOptions, tell: (sentence: string) => void): Promise<number> {
  const identity = (await rejoined(options, tell)) ?? (await joined(options));
  tell(
    `Container instance ${identity.instance} of the cluster ${identity.cluster}. Ctrl-C ends the agent, not its tasks.`,
  );
  const settings = {
    STOWAGE_AGENT_DATA_DIR: options.directory,
    STOWAGE_AGENT_DOCKER_SOCKET: options.docker,
    ...(options.zone && { STOWAGE_AGENT_ZONE: options.zone }),
    ...(options.bind && { STOWAGE_AGENT_BIND_IP: options.bind }),
  };
  const main = join(__dirname, '..', '..', '..', 'agent', 'src', 'main.js');
  const child = spawn(process.execPath, [main], { env: { ...process.env, ...settings }, stdio: 'inherit' });
  // The terminal tells the agent itself; we stay until it has ended in order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The deployment may be elsewhere since the last start. An agent runs without it: its containers need it. */
async function rejoined(
  { directory, server }: AgentOptions,
  tell: (sentence: string) => void,
): Promise<JoinedIdentity | undefined> {
  if (server === undefined) return joinedIdentity(directory);
  try {
    return await followDeployment(server, directory);
  } catch (error) {
    tell(`Failed to read the addresses of NATS; the agent uses those that it has: ${errorText(error)}`);
    return joinedIdentity(directory);
  }
}

async function joined({ directory, tokenFile, server }: AgentOptions): ReturnType<typeof joinDeployment> {
  if (tokenFile === undefined || server === undefined) {
    throw new ClearFailure('This machine has not joined yet: --join FILE (or --join -) and --server HOST are needed.');
  }
  const token = await tokenIn(tokenFile);
  try {
    return await joinDeployment(server, token, directory);
  } catch (error) {
    throw new ClearFailure(error instanceof Error ? error.message : String(error));
  }
}

/** Every user of a machine can read the arguments of its processes, so a token is never one of them. */
async function tokenIn(file: string): Promise<string> {
  if (file === STANDARD_INPUT) return (await firstLine(process.stdin)).trim();
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const isToken = JOIN_TOKEN_PATTERN.test(file);
    const advice = 'It takes a file with the token, or - for standard input: the arguments of a process are no secret.';
    throw new ClearFailure(
      `${isToken ? '--join does not take the token itself.' : `--join: ${errorText(error)}.`} ${advice}`,
    );
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input });
  for await (const line of lines) return line;
  return '';
}
