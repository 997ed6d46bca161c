import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorText } from '@stowage/concurrency';
import { followDeployment, joinDeployment, joinedIdentity, type JoinedIdentity } from '@stowage/runtime';
import { UserError } from '../user-error';

const STANDARD_INPUT = '-';
const JOIN_TOKEN_PATTERN = /^[\w-]{8,}\.[\w-]{8,}$/;

export interface AgentOptions {
  /** Folder of the agent's identity and tasks. */
  readonly directory: string;
  readonly docker: string;
  /** File with the join token, or `-` for standard input. It is needed only at the first start, with `server`. */
  readonly tokenFile?: string;
  /** Address of the API. At a later start it is needed only if the API has moved. */
  readonly server?: string;
  readonly zone?: string;
  readonly bind?: string;
}

/**
 * Makes this machine a container instance of a Stowage elsewhere, and runs its agent until a signal stops it. A machine
 * that has joined needs no token at later starts. Resolves with the agent's exit code.
 */
export async function runAgent(options: AgentOptions, report: (sentence: string) => void): Promise<number> {
  const identity = (await rejoined(options, report)) ?? (await joined(options));
  report(
    `Container instance ${identity.instance} of the cluster ${identity.cluster}. Ctrl-C stops the agent, but not its tasks.`,
  );
  const settings = {
    STOWAGE_AGENT_DATA_DIR: options.directory,
    STOWAGE_AGENT_DOCKER_SOCKET: options.docker,
    ...(options.zone && { STOWAGE_AGENT_ZONE: options.zone }),
    ...(options.bind && { STOWAGE_AGENT_BIND_IP: options.bind }),
  };
  const main = join(__dirname, '..', '..', '..', 'agent', 'src', 'main.js');
  const child = spawn(process.execPath, [main], { env: { ...process.env, ...settings }, stdio: 'inherit' });
  // The terminal sends the signal to the agent as well; wait here until the agent has stopped.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * Reads the current addresses of NATS, because the deployment may have moved. If that fails, the agent runs with the
 * known addresses, because its containers need it.
 */
async function rejoined(
  { directory, server }: AgentOptions,
  report: (sentence: string) => void,
): Promise<JoinedIdentity | undefined> {
  if (server === undefined) return joinedIdentity(directory);
  try {
    return await followDeployment(server, directory);
  } catch (error) {
    report(`Failed to read the addresses of NATS; the agent uses the previous addresses: ${errorText(error)}`);
    return joinedIdentity(directory);
  }
}

async function joined({ directory, tokenFile, server }: AgentOptions): ReturnType<typeof joinDeployment> {
  if (tokenFile === undefined || server === undefined) {
    throw new UserError('This machine has not joined yet: give --join FILE (or --join -) and --server HOST.');
  }
  const token = await tokenIn(tokenFile);
  try {
    return await joinDeployment(server, token, directory);
  } catch (error) {
    throw new UserError(errorText(error));
  }
}

/** A token is never an argument, because every user of a machine can read the arguments of its processes. */
async function tokenIn(file: string): Promise<string> {
  if (file === STANDARD_INPUT) return (await firstLine(process.stdin)).trim();
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const isToken = JOIN_TOKEN_PATTERN.test(file);
    const advice =
      'Give a file with the token, or - for standard input: every user of this machine can read process arguments.';
    throw new UserError(
      `${isToken ? '--join does not take the token itself.' : `--join: ${errorText(error)}.`} ${advice}`,
    );
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input });
  for await (const line of lines) return line;
  return '';
}
