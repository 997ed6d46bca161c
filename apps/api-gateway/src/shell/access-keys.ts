import type { Principal } from '@stowage/domain';
import type { Fold } from '@stowage/journal';
import type { SecretSealer } from '@stowage/runtime';

/** An access key with its secret in the clear. */
export interface OpenedKey {
  readonly secret: string;
  readonly principal: Principal;
}

const CHANGES_KEYS: readonly string[] = ['PrincipalCreated', 'AccessKeyCreated', 'AccessKeyDeleted'];

/** The access keys of all principals, as the fold has them. Each secret is opened once. */
export class AccessKeys {
  private opened = new Map<string, OpenedKey>();
  private readonly stopListening: () => void;

  constructor(
    private readonly fold: Fold,
    private readonly sealer: SecretSealer,
  ) {
    this.stopListening = fold.onTransaction(({ events }) => {
      if (events.some(({ event }) => CHANGES_KEYS.includes(event.type))) this.opened = new Map();
    });
  }

  /** @throws SealBroken when it was sealed with another key than this process has. */
  find(accessKeyId: string): OpenedKey | undefined {
    const known = this.opened.get(accessKeyId);
    if (known) return known;
    for (const principal of this.fold.state.principals.values()) {
      const key = principal.accessKeys.find((each) => each.accessKeyId === accessKeyId);
      if (!key) continue;
      const opened = { secret: this.sealer.open(key.sealedSecret, accessKeyId), principal };
      this.opened.set(accessKeyId, opened);
      return opened;
    }
    return undefined;
  }

  /** Opens all there are: a gateway with the wrong key must not start. @throws SealBroken */
  check(): void {
    for (const { accessKeys } of this.fold.state.principals.values()) {
      for (const { accessKeyId } of accessKeys) this.find(accessKeyId);
    }
  }

  close(): void {
    this.stopListening();
  }
}
