import type { Principal } from '@stowage/domain';
import type { Fold } from '@stowage/journal';

/** An access key with its secret in the clear. */
export interface OpenedKey {
  readonly secret: string;
  readonly principal: Principal;
}

/** The access keys of all principals, as the fold has them. Secrets are opened when a key is first used. */
export class AccessKeys {
  private opened = new Map<string, OpenedKey>();
  private readonly stopListening: () => void;

  constructor(
    private readonly fold: Fold,
    private readonly open: (sealed: string) => string,
  ) {
    this.stopListening = fold.onTransaction(({ events }) => {
      if (events.some(({ event }) => CHANGES_KEYS.includes(event.type))) this.opened = new Map();
    });
  }

  find(accessKeyId: string): OpenedKey | undefined {
    const known = this.opened.get(accessKeyId);
    if (known) return known;
    for (const principal of this.fold.state.principals.values()) {
      const key = principal.accessKeys.find((each) => each.accessKeyId === accessKeyId);
      if (!key) continue;
      const opened = { secret: this.open(key.sealedSecret), principal };
      this.opened.set(accessKeyId, opened);
      return opened;
    }
    return undefined;
  }

  close(): void {
    this.stopListening();
  }
}

const CHANGES_KEYS: readonly string[] = ['PrincipalCreated', 'AccessKeyCreated', 'AccessKeyDeleted'];
