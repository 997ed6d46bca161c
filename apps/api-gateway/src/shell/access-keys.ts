import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Principal } from '@stowage/domain';
import { RUNTIME, type Runtime, SecretSealer } from '@stowage/runtime';

/** An access key with its secret in plain text. */
export interface OpenedKey {
  readonly secret: string;
  readonly principal: Principal;
}

const CHANGES_KEYS: readonly string[] = ['PrincipalCreated', 'AccessKeyCreated', 'AccessKeyDeleted'];

/** The access keys of all principals in the fold. Each secret is opened once. */
@Injectable()
export class AccessKeys implements OnApplicationShutdown {
  private opened = new Map<string, OpenedKey>();
  private readonly stopListening: () => void;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'fold'>,
    private readonly sealer: SecretSealer,
  ) {
    this.stopListening = runtime.fold.onTransaction(({ events }) => {
      if (events.some(({ event }) => CHANGES_KEYS.includes(event.type))) this.opened = new Map();
    });
  }

  /**
   * Returns the access key, or undefined if the fold does not contain it.
   * @throws SealBroken if its secret was sealed with another key than that of this process.
   */
  find(accessKeyId: string): OpenedKey | undefined {
    const known = this.opened.get(accessKeyId);
    if (known) return known;
    for (const principal of this.runtime.fold.state.principals.values()) {
      const key = principal.accessKeys.find((each) => each.accessKeyId === accessKeyId);
      if (!key) continue;
      const opened = { secret: this.sealer.open(key.sealedSecret, accessKeyId), principal };
      this.opened.set(accessKeyId, opened);
      return opened;
    }
    return undefined;
  }

  /**
   * Opens all secrets, so that a gateway with the wrong key does not start.
   * @throws SealBroken if a secret was sealed with another key than that of this process.
   */
  check(): void {
    for (const { accessKeys } of this.runtime.fold.state.principals.values()) {
      for (const { accessKeyId } of accessKeys) this.find(accessKeyId);
    }
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }
}
