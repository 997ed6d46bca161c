import { parseImage } from '../core/image-reference';
import { pullDecision, type PullBehavior } from '../core/pull-policy';
import type { ReadyImage } from '../core/facts';
import type { ContainerEngine } from './container-engine';
import type { LocalStore } from './local-store';
import type { RegistryLogins } from './registry-logins';
import type { Turnstile } from './turnstile';

export interface PullSettings {
  readonly behavior: PullBehavior;
  readonly logins: RegistryLogins;
  readonly timeoutMs: number;
  readonly failureReuseMs: number;
}

const DOCUMENT = 'pulled-images';
/** More names than that are not remembered for the behaviour `once`: the oldest is pulled once more. */
const REMEMBERED_MAX = 1_000;

/** Brings images to this host by the pull behaviour. Tasks that want the same image at the same time share one pull. */
export class ImagePuller {
  private readonly pulling = new Map<string, Promise<void>>();
  private readonly failedAt = new Map<string, number>();
  private readonly pulledBefore = new Set<string>();

  constructor(
    private readonly engine: ContainerEngine,
    private readonly settings: PullSettings,
    private readonly store: LocalStore,
    private readonly turnstile: Turnstile,
  ) {}

  /** Reads which images earlier tasks pulled. */
  async load(): Promise<void> {
    const stored = await this.store.read(DOCUMENT);
    if (!Array.isArray(stored)) return;
    for (const name of stored) if (typeof name === 'string') this.pulledBefore.add(name);
  }

  /** The image, on this host. @throws EngineError with the registry's words. */
  async ready(image: string): Promise<ReadyImage> {
    const present = await this.engine.image(image);
    const local = { present: present !== undefined, pulledBefore: this.pulledBefore.has(image) };
    const { pull, fallBack } = pullDecision(this.settings.behavior, parseImage(image), local);
    if (present && (!pull || (fallBack && this.failedLately(image)))) return present;
    try {
      await this.pullOnce(image);
    } catch (error) {
      if (!present || !fallBack) throw error;
      this.rememberFailure(image);
      return present;
    }
    return (await this.engine.image(image)) ?? { id: '' };
  }

  private pullOnce(image: string): Promise<void> {
    const current = this.pulling.get(image);
    if (current) return current;
    const pull = this.turnstile
      .pass('patient', () => this.pull(image))
      .finally(() => {
        this.pulling.delete(image);
      });
    this.pulling.set(image, pull);
    return pull;
  }

  private async pull(image: string): Promise<void> {
    const auth = await this.settings.logins.authFor(parseImage(image).registry);
    const signal = AbortSignal.timeout(this.settings.timeoutMs);
    await this.engine.pull(image, { signal, ...(auth && { auth }) });
    this.failedAt.delete(image);
    await this.rememberPulled(image);
  }

  private failedLately(image: string): boolean {
    const at = this.failedAt.get(image);
    return at !== undefined && performance.now() - at < this.settings.failureReuseMs;
  }

  private rememberFailure(image: string): void {
    if (this.failedAt.size >= REMEMBERED_MAX) this.failedAt.clear();
    this.failedAt.set(image, performance.now());
  }

  private async rememberPulled(image: string): Promise<void> {
    if (this.pulledBefore.has(image)) return;
    this.pulledBefore.add(image);
    const [oldest] = this.pulledBefore;
    if (this.pulledBefore.size > REMEMBERED_MAX && oldest !== undefined) this.pulledBefore.delete(oldest);
    // Should the disk refuse, a restart costs one pull.
    await this.store.write(DOCUMENT, [...this.pulledBefore]).catch(() => undefined);
  }
}
