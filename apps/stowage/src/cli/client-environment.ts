import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '@stowage/concurrency';
import { UserError } from '../user-error';
import { CLIENT_VARIABLES, type ClientEnvironment, parseEnvironment } from '../core/environment-file';

/**
 * Returns the endpoint and credentials for the client: all from the file `env` of the data folder if the user named the
 * folder, otherwise all from the `AWS_*` variables if they name an endpoint, and otherwise all from the file `env` of this
 * clone's Stowage. The sources are never mixed, so that keys of another service do not go to this endpoint.
 */
export function clientEnvironment(
  dataFolder: { readonly path: string; readonly isNamed: boolean },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ClientEnvironment {
  const { path, isNamed } = dataFolder;
  const usesFile = isNamed || environment['AWS_ENDPOINT_URL'] === undefined;
  return usesFile ? fromFile(join(path, 'env')) : fromVariables(environment);
}

function fromFile(file: string): ClientEnvironment {
  const text = readText(file);
  const environment = text === undefined ? undefined : parseEnvironment(text);
  if (environment) return environment;
  throw new UserError(
    `Stowage was never started on this data (${file} does not exist): run "npm start" first, or set ` +
      `${CLIENT_VARIABLES.join(', ')} for a Stowage elsewhere.`,
  );
}

function fromVariables(environment: Readonly<Record<string, string | undefined>>): ClientEnvironment {
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  const { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = environment;
  if (!endpoint || !region || !id || !secret) {
    throw new UserError(
      'AWS_ENDPOINT_URL is set, so AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, too.',
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
    const why = errorText(error);
    throw new UserError(`${file} cannot be read: ${why}. Run this as the user who starts Stowage.`);
  }
}
