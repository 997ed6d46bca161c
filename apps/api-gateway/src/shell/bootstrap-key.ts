import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Injectable, type OnModuleInit, Inject } from '@nestjs/common';
import { RUNTIME, type Runtime, SecretSealer } from '@stowage/runtime';
import { GatewayConfig } from '../config';
import { BOOTSTRAP_PRINCIPAL, decideBootstrap } from '../core/bootstrap-principal';
import { AccessKeys } from './access-keys';

/**
 * Checks at the start that this gateway can open all access keys, and creates the first principal with the configured
 * access key. Replicas may do so at the same time; the key is created once.
 */
@Injectable()
export class BootstrapKey implements OnModuleInit {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly config: GatewayConfig,
    private readonly keys: AccessKeys,
    private readonly sealer: SecretSealer,
  ) {}

  /** @throws SealBroken if this process has another key for secrets than the one that sealed the access keys. */
  async onModuleInit(): Promise<void> {
    this.keys.check();
    const { bootstrapAccessKeyId: accessKeyId } = this.config;
    const secret = configuredSecret(this.config);
    if (accessKeyId === undefined || secret === undefined) return;
    const arn = `arn:aws:iam::${this.runtime.scope.account}:user/${BOOTSTRAP_PRINCIPAL}`;
    const key = { accessKeyId, sealedSecret: this.sealer.seal(secret, accessKeyId) };
    await this.runtime.commands.execute({
      decide: (state) => {
        const known = this.keys.find(accessKeyId)?.secret;
        const principal = state.principals.get(BOOTSTRAP_PRINCIPAL);
        const same = known !== undefined && equal(known, secret);
        return { events: decideBootstrap(principal, same, key, arn), result: undefined };
      },
      atLeast: await this.runtime.journal.lastSequence(),
      actor: 'service:api-gateway',
      cause: 'bootstrap',
    });
  }
}

function configuredSecret(config: GatewayConfig): string | undefined {
  const { bootstrapSecretAccessKey, bootstrapSecretAccessKeyFile: file } = config;
  return file === undefined ? bootstrapSecretAccessKey : readFileSync(file, 'utf8').trim();
}

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
