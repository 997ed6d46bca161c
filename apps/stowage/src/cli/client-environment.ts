import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClearFailure } from '../clear-failure';
import { CLIENT_VARIABLES, type ClientEnvironment, parseEnvironment } from '../core/environment-file';

/**
 * Whom to call and as whom: the `AWS_*` variables when they name an endpoint, all of them then; else the file `env` of
 * this clone's Stowage. Never a mixture: keys of another service must not go to this endpoint.
 */
export function clientEnvironment(
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ClientEnvironment {
  return environment['AWS_ENDPOINT_URL'] === undefined ? fromFile(join(dataFolder, 'env')) : fromVariables(environment);
}

function fromFile(file: string): ClientEnvironment {
  const text = readText(file);
  const environment = text === undefined ? undefined : parseEnvironment(text);
  if (environment) return environment;
  throw new ClearFailure(
    `No Stowage was started on this data (${file} is not there): run "npm start" first, or set ` +
      `${CLIENT_VARIABLES.join(', ')} for a Stowage elsewhere.`,
  );
}

function fromVariables(environment: Readonly<Record<string, string | undefined>>): ClientEnvironment {
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  const { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = environment;
  if (!endpoint || !region || !id || !secret) {
    throw new ClearFailure(
      'AWS_ENDPOINT_URL is set, so AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be, too.',
    );
  }
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
  };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new ClearFailure(`${file} cannot be read: ${why}. It belongs to the user who starts Stowage.`);
  }
}
