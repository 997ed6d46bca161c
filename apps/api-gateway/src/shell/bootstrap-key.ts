import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Runtime, SecretSealer } from '@stowage/runtime';
import type { GatewayConfig } from '../config';
import { BOOTSTRAP_PRINCIPAL, decideBootstrap } from '../core/bootstrap-principal';
import type { AccessKeys } from './access-keys';

/** Makes the first principal with the configured access key, once, whichever replica is first. */
export async function ensureBootstrapKey(
  runtime: Runtime,
  keys: AccessKeys,
  config: GatewayConfig,
  sealer: SecretSealer,
): Promise<void> {
  const { bootstrapAccessKeyId: accessKeyId } = config;
  const secret = configuredSecret(config);
  if (accessKeyId === undefined || secret === undefined) return;
  const arn = `arn:aws:iam::${runtime.scope.account}:user/${BOOTSTRAP_PRINCIPAL}`;
  const key = { accessKeyId, sealedSecret: sealer.seal(secret, accessKeyId) };
  await runtime.commands.execute({
    decide: (state) => {
      const known = keys.find(accessKeyId)?.secret;
      const principal = state.principals.get(BOOTSTRAP_PRINCIPAL);
      const same = known !== undefined && equal(known, secret);
      return { events: decideBootstrap(principal, same, key, arn), result: undefined };
    },
    atLeast: await runtime.journal.lastSequence(),
    actor: 'service:api-gateway',
    cause: 'bootstrap',
  });
}

function configuredSecret(config: GatewayConfig): string | undefined {
  const { bootstrapSecretAccessKey, bootstrapSecretAccessKeyFile: file } = config;
  return file === undefined ? bootstrapSecretAccessKey : readFileSync(file, 'utf8').trim();
}

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
