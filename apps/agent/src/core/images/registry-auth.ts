/** Credentials for one registry, in the format of Docker's `X-Registry-Auth`. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly email?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** Credentials by the host of the registry. */
export type RegistryAuths = ReadonlyMap<string, RegistryAuth>;

/**
 * Reads ECS_ENGINE_AUTH_DATA. Type `dockercfg` is the format of `docker login` (`{"registry": {"auth": base64 of
 * user:password}}`, with or without the outer `auths`). Type `docker` is `{"registry": {"username", "password"}}`.
 * @throws Error if the data does not have that format
 */
export function parseAuthData(type: 'dockercfg' | 'docker', data: unknown): RegistryAuths {
  const entries = record(data, 'the registry credentials');
  const registries = type === 'dockercfg' && 'auths' in entries ? record(entries['auths'], 'auths') : entries;
  return new Map(
    Object.entries(registries).map(([address, value]) => {
      const fields = record(value, address);
      const serveraddress = registryHost(address);
      return [serveraddress, type === 'docker' ? plain(fields, serveraddress) : encoded(fields, serveraddress)];
    }),
  );
}

/** The login of `docker login` for one registry: credentials, or a program that stores them under the name `key`. */
export type DockerLogin =
  { readonly auth: RegistryAuth } | { readonly helper: string; readonly key: string; readonly serveraddress: string };

const HELPER_PATTERN = /^[\w.-]+$/;
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Reads Docker's own `config.json` as its command line does: first the helper of the registry, then the helper of all
 * registries, then the credentials in the file. Returns undefined if there is no login.
 * @throws Error if the content does not have that format
 */
export function dockerLogin(config: unknown, registry: string): DockerLogin | undefined {
  const { credHelpers, credsStore, auths } = record(config, "Docker's configuration");
  const helper = ofRegistry(credHelpers ?? {}, 'credHelpers', registry) ?? credsStore;
  if (helper !== undefined && helper !== '') {
    if (typeof helper !== 'string' || !HELPER_PATTERN.test(helper))
      throw new Error('The name of the credential helper is not valid.');
    return { helper, key: registry === 'docker.io' ? DOCKER_HUB_KEY : registry, serveraddress: registry };
  }
  const entry = ofRegistry(auths ?? {}, 'auths', registry);
  if (entry === undefined) return undefined;
  return { auth: encoded(record(entry, registry), registry) };
}

/** The response of a credential helper. This user name marks the secret as a token. */
export function helperAuth(answer: unknown, serveraddress: string): RegistryAuth {
  const fields = record(answer, 'the answer of the credential helper');
  const username = text(fields['Username']);
  const secret = text(fields['Secret']);
  if (username === undefined || secret === undefined) throw new Error('The answer lacks Username or Secret.');
  return username === '<token>'
    ? { identitytoken: secret, serveraddress }
    : { username, password: secret, serveraddress };
}

function ofRegistry(entries: unknown, what: string, registry: string): unknown {
  return Object.entries(record(entries, what)).find(([address]) => registryHost(address) === registry)?.[1];
}

function plain(fields: Readonly<Record<string, unknown>>, serveraddress: string): RegistryAuth {
  const username = text(fields['username']);
  const password = text(fields['password']);
  if (username === undefined || password === undefined) {
    throw new Error(`The credentials for ${serveraddress} lack a username or password.`);
  }
  const email = text(fields['email']);
  return { username, password, serveraddress, ...(email !== undefined && { email }) };
}

function encoded(fields: Readonly<Record<string, unknown>>, serveraddress: string): RegistryAuth {
  const identitytoken = text(fields['identitytoken']);
  if (identitytoken) return { identitytoken, serveraddress };
  const decoded = atob(text(fields['auth']) ?? '');
  const colon = decoded.indexOf(':');
  if (colon < 0) throw new Error(`The credentials for ${serveraddress} lack an auth of the form user:password.`);
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), serveraddress };
}

/** `https://index.docker.io/v1/` and its variants denote Docker Hub. */
function registryHost(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/', 1)[0] ?? address;
  return /(^|\.)docker\.(io|com)$/.test(host) ? 'docker.io' : host;
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`Expected an object for ${what}.`);
  }
  return Object.fromEntries(Object.entries(value));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
