import type { Semaphore } from '@stowage/concurrency';
import { isImageReference } from '@stowage/domain';
import { parseImage } from '../../core/images/image-reference';
import { pullDecision, type PullBehavior } from '../../core/images/pull-policy';
import type { ReadyImage } from '../../core/containers/facts';
import { Abandoned } from '../containers/abandoned';
import { type ContainerEngine, EngineError } from '../containers/container-engine';
import type { LocalStore } from '../control-plane/local-store';
import type { RegistryLogins } from './registry-logins';
import { SharedPull } from './shared-pull';

export interface PullSettings {
  readonly behavior: PullBehavior;
  readonly logins: RegistryLogins;
  /** Time limit of one pull in milliseconds. */
  readonly timeoutMs: number;
  /** A pull without progress for this time, in milliseconds, fails. */
  readonly inactivityMs: number;
  readonly failureReuseMs: number;
}

const DOCUMENT = 'pulled-images';
/**
 * Maximum number of image names that are stored for the behaviour `once`. The oldest is dropped, and its next task
 * pulls it again.
 */
const REMEMBERED_MAX = 1_000;

/**
 * Provides images on this host according to the pull behaviour. Tasks that need the same image at the same time share
 * one pull.
 */
export class ImagePuller {
  private readonly pulling = new Map<string, SharedPull>();
  private readonly failedAt = new Map<string, number>();
  private readonly pulledBefore = new Set<string>();

  constructor(
    private readonly engine: ContainerEngine,
    private readonly settings: PullSettings,
    private readonly store: LocalStore,
    /** Limits pulls of images that are not on this host. */
    private readonly permits: Semaphore,
  ) {}

  /** Reads the names of the images that earlier tasks pulled. */
  async load(): Promise<void> {
    const stored = await this.store.read(DOCUMENT);
    if (!Array.isArray(stored)) return;
    for (const name of stored) if (typeof name === 'string') this.pulledBefore.add(name);
  }

  /**
   * Resolves with the image once it is on this host. A task whose `unwanted` aborts no longer waits, and a pull ends
   * when no task waits for it.
   * @throws EngineError with the message of the registry
   * @throws Abandoned if `unwanted` aborted
   */
  async ready(image: string, unwanted: AbortSignal): Promise<ReadyImage> {
    // A definition may contain any name if it was registered before the registration checked references.
    if (!isImageReference(image))
      throw new EngineError('refused', `invalid reference format: ${JSON.stringify(image)}`);
    const present = await this.engine.image(image);
    const local = { present: present !== undefined, pulledBefore: this.pulledBefore.has(image) };
    const { pull, fallBack } = pullDecision(this.settings.behavior, parseImage(image), local);
    if (present && (!pull || (fallBack && this.failedLately(image)))) return present;
    try {
      await this.sharedPull(image, local.present).wait(unwanted);
    } catch (error) {
      if (!present || !fallBack || error instanceof Abandoned) throw error;
      this.rememberFailure(image);
      return present;
    }
    return (await this.engine.image(image)) ?? { id: '' };
  }

  /** The update of an image that is on this host does not need a permit, so that no other pull delays its task. */
  private sharedPull(image: string, isLocal: boolean): SharedPull {
    const current = this.pulling.get(image);
    if (current && !current.isAborted) return current;
    const shared = new SharedPull(async (signal) => {
      try {
        if (isLocal) await this.pull(image, signal);
        else await this.permits.run(() => this.pull(image, signal), { signal });
      } finally {
        if (this.pulling.get(image) === shared) this.pulling.delete(image);
      }
    });
    this.pulling.set(image, shared);
    return shared;
  }

  private async pull(image: string, unwanted: AbortSignal): Promise<void> {
    const { logins, timeoutMs, inactivityMs } = this.settings;
    const auth = await logins.authFor(parseImage(image).registry);
    const signal = AbortSignal.any([unwanted, AbortSignal.timeout(timeoutMs)]);
    await this.engine.pull(image, { signal, inactivityMs, ...(auth && { auth }) });
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
    // If the write fails, each image is pulled once more after a restart.
    await this.store.write(DOCUMENT, [...this.pulledBefore]).catch(() => undefined);
  }
}
