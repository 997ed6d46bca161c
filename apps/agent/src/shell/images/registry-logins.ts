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

/** Finds the credentials of a registry, again for each pull: those of ECR change every twelve hours. */
export class RegistryLogins {
  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {}

  /**
   * The agent's own file first, then what `docker login` left on this machine. What cannot be read is logged, and the
   * pull goes without credentials, as with Docker's command line.
   */
  async authFor(registry: string): Promise<RegistryAuth | undefined> {
    try {
      return (await this.configured())?.get(registry) ?? (await this.ofDocker(registry));
    } catch (error) {
      this.logger.warn({ registry, reason: errorText(error) }, 'The credentials for a registry cannot be read.');
      return undefined;
    }
  }

  /** @throws Error in a sentence when the agent's own file is not what it should be. */
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

/** @throws Error in a sentence when the agent's own file is not what it should be. */
export async function registryLogins(config: Config, logger: Logger): Promise<RegistryLogins> {
  const logins = new RegistryLogins(config, logger);
  await logins.configured();
  return logins;
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** The parser's own error would show a piece of the credentials. */
function json(source: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${source} does not hold valid JSON.`);
  }
}

/** What helpers answer when they have no login for a registry. */
const NOT_FOUND = /credentials not found/i;

/** Docker's protocol of credential helpers: the registry on standard input, JSON on standard output. */
async function askHelper({
  helper,
  key,
  serveraddress,
}: Extract<DockerLogin, { readonly helper: string }>): Promise<RegistryAuth | undefined> {
  const program = `docker-credential-${helper}`;
  const options = { timeout: HELPER_TIMEOUT_MS, maxBuffer: HELPER_OUTPUT_BYTES_MAX };
  const answer = await new Promise<string | undefined>((resolve, reject) => {
    const child = execFile(program, ['get'], options, (error, stdout) => {
      // A helper writes its reason to standard output.
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
