/** Credentials for one registry, in the form of Docker's `X-Registry-Auth`. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly email?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** By the registry's host. */
export type RegistryAuths = ReadonlyMap<string, RegistryAuth>;

export const NO_AUTHS: RegistryAuths = new Map();

/**
 * Reads ECS_ENGINE_AUTH_DATA. Type `dockercfg` is what `docker login` writes (`{"registry": {"auth": base64 of
 * user:password}}`, with or without the outer `auths`); type `docker` is `{"registry": {"username", "password"}}`.
 * @throws Error when the data does not have that shape.
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

/** `https://index.docker.io/v1/` and the like stand for Docker Hub. */
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
