import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../user-error';
import { type ClientEnvironment, parseEnvironment, renderEnvironment, renderProfile } from '../core/environment-file';
import { AWS_CONFIG, writeWhole } from './data-folder';

const KEY_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Twenty characters as in AWS, where the first four are the type of the key. */
const KEY_ID_PREFIX = 'AKST';
const KEY_ID_LENGTH = 20;
/** 40 characters, as in AWS. */
const SECRET_BYTES = 30;

/**
 * Writes the file `env` for this endpoint, and next to it the AWS configuration file with the same values. Keeps the
 * access key of an existing file, otherwise generates one.
 * @throws UserError if the file is of another region, because clients have stored ARNs that contain it.
 */
export function writeClientEnvironment(file: string, endpoint: string, region: string): ClientEnvironment {
  const known = existsSync(file) ? parseEnvironment(readFileSync(file, 'utf8')) : undefined;
  if (known && known.AWS_REGION !== region) {
    throw new UserError(
      `${dirname(file)} has a deployment in the region ${known.AWS_REGION}, which is part of its ARNs: it cannot change to ` +
        `${region}. Choose another folder for a deployment there.`,
    );
  }
  const environment: ClientEnvironment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: known?.AWS_ACCESS_KEY_ID ?? newKeyId(),
    AWS_SECRET_ACCESS_KEY: known?.AWS_SECRET_ACCESS_KEY ?? randomBytes(SECRET_BYTES).toString('base64url'),
  };
  writeWhole(file, renderEnvironment(environment));
  writeWhole(join(dirname(file), AWS_CONFIG), renderProfile(environment));
  return environment;
}

function newKeyId(): string {
  const characters = Array.from({ length: KEY_ID_LENGTH - KEY_ID_PREFIX.length }, () =>
    KEY_ID_ALPHABET.charAt(randomInt(KEY_ID_ALPHABET.length)),
  );
  return KEY_ID_PREFIX + characters.join('');
}
