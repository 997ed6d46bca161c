/** Variables that a client needs to call this Stowage. Every AWS CLI and SDK reads them. */
export interface ClientEnvironment {
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_DEFAULT_REGION: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

export const CLIENT_VARIABLES = [
  'AWS_ENDPOINT_URL',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
] as const;

/** Returns lines that a shell reads with `.`. No value contains a character that a shell expands. */
export function renderEnvironment(environment: ClientEnvironment): string {
  return CLIENT_VARIABLES.map((name) => `export ${name}=${environment[name]}\n`).join('');
}

/** Profile in the file for `AWS_CONFIG_FILE`. */
export const PROFILE = 'stowage';

/** Returns the same values as an AWS configuration file with one profile, for users who also use real AWS. */
export function renderProfile(environment: ClientEnvironment): string {
  return [
    `[profile ${PROFILE}]`,
    `region = ${environment.AWS_REGION}`,
    `endpoint_url = ${environment.AWS_ENDPOINT_URL}`,
    `aws_access_key_id = ${environment.AWS_ACCESS_KEY_ID}`,
    `aws_secret_access_key = ${environment.AWS_SECRET_ACCESS_KEY}`,
    '',
  ].join('\n');
}

/** Parses the lines of {@link renderEnvironment}. Returns undefined if a variable is missing. */
export function parseEnvironment(text: string): ClientEnvironment | undefined {
  const lines = [...text.matchAll(/^export ([A-Z_]+)=(\S+)$/gm)];
  const found = new Map(lines.map(([, name = '', value = '']) => [name, value]));
  const [endpoint, defaultRegion, region, id, secret] = CLIENT_VARIABLES.map((name) => found.get(name));
  if (!endpoint || !defaultRegion || !region || !id || !secret) return undefined;
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: defaultRegion,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
  };
}
