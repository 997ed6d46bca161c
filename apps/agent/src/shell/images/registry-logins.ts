import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AgentConfig } from '../../config';
import {
  dockerLogin,
  type DockerLogin,
  helperAuth,
  parseAuthData,
  type RegistryAuth,
  type RegistryAuths,
} from '../../core/images/registry-auth';
import { errorText } from '@stowage/concurrency';

const HELPER_TIMEOUT_MS = 30_000;
const HELPER_OUTPUT_BYTES_MAX = 1024 * 1024;

type Config = Pick<AgentConfig, 'agentEngineAuthFile' | 'agentEngineAuthType' | 'agentDockerConfigDir'>;

/** Finds the credentials of a registry. It reads them for each pull, because those of ECR change every twelve hours. */
export class RegistryLogins {
  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {}

  /**
   * Searches the agent's own file, and then the login of `docker login` on this machine. Resolves with undefined if
   * there is no login. An unreadable login is logged, and also resolves with undefined, as with Docker's command line.
   */
  async authFor(registry: string): Promise<RegistryAuth | undefined> {
    try {
      return (await this.configured())?.get(registry) ?? (await this.ofDocker(registry));
    } catch (error) {
      this.logger.warn(
        { registry, reason: errorText(error) },
        'Failed to read the credentials for a registry; will pull without credentials.',
      );
      return undefined;
    }
  }

  /** @throws Error with a readable message if the agent's own file is unreadable or not valid */
  async configured(): Promise<RegistryAuths | undefined> {
    const { agentEngineAuthFile: file, agentEngineAuthType: type } = this.config;
    return file === undefined ? undefined : parseAuthData(type, json(file, await readFile(file, 'utf8')));
  }

  private async ofDocker(registry: string): Promise<RegistryAuth | undefined> {
    const file = join(this.config.agentDockerConfigDir, 'config.json');
    const text = await readFile(file, 'utf8').catch(ifMissing);
    if (text === undefined) return undefined;
    const login = dockerLogin(json(file, text), registry);
    return login && ('auth' in login ? login.auth : askHelper(login));
  }
}

/** @throws Error with a readable message if the agent's own file is unreadable or not valid */
export async function registryLogins(config: Config, logger: Logger): Promise<RegistryLogins> {
  const logins = new RegistryLogins(config, logger);
  await logins.configured();
  return logins;
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Parses JSON. The error of the parser is not used, because it would show a part of the credentials. */
function json(source: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${source} does not hold valid JSON.`);
  }
}

/** Output of credential helpers that have no login for a registry. */
const NOT_FOUND = /credentials not found/i;

/** Implements Docker's protocol of credential helpers: the registry on standard input, JSON on standard output. */
async function askHelper({
  helper,
  key,
  serveraddress,
}: Extract<DockerLogin, { readonly helper: string }>): Promise<RegistryAuth | undefined> {
  const program = `docker-credential-${helper}`;
  const options = { timeout: HELPER_TIMEOUT_MS, maxBuffer: HELPER_OUTPUT_BYTES_MAX };
  const answer = await new Promise<string | undefined>((resolve, reject) => {
    const child = execFile(program, ['get'], options, (error, stdout) => {
      // A helper writes the reason for its failure to standard output.
      if (error && NOT_FOUND.test(stdout)) resolve(undefined);
      else if (error) reject(new Error(`${program}: ${stdout.trim() || error.message}`));
      else resolve(stdout);
    });
    // The callback reports a helper that ended before it read its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(key);
  });
  return answer === undefined ? undefined : helperAuth(json(program, answer), serveraddress);
}
