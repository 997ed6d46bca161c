import type { AgentAnswer, AgentLink, AgentRequest, AgentVerb } from '@stowage/runtime';
import type { Counters } from './counters';

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/** A simulated agent's connection to the managers. While it is cut, no message passes in either direction. */
export class ControlChannel {
  private closed = false;
  private cutOff = false;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly link: AgentLink,
    private readonly requestTimeoutMs: number,
    private readonly counters: Counters,
  ) {}

  get isOpen(): boolean {
    return !this.closed && !this.cutOff;
  }

  cut(): void {
    if (this.cutOff) return;
    this.cutOff = true;
    this.counters.cutOff += 1;
  }

  mend(): void {
    if (!this.cutOff) return;
    this.cutOff = false;
    this.counters.cutOff -= 1;
    this.wake();
  }

  close(): void {
    this.mend();
    this.closed = true;
    this.wake();
  }

  /**
   * Sends a request until it is answered. `body` makes the body of each attempt. Resolves with undefined if the channel
   * was closed in the meantime.
   */
  async request<Verb extends AgentVerb>(
    verb: Verb,
    body: () => AgentRequest<Verb>,
  ): Promise<AgentAnswer<Verb> | undefined> {
    for (let delayMs = RETRY_MIN_MS; ; delayMs = Math.min(2 * delayMs, RETRY_MAX_MS)) {
      while (this.cutOff) await this.waitForChange();
      if (this.closed) return undefined;
      try {
        const answer = await this.link.request(verb, body(), this.requestTimeoutMs);
        // An answer is lost if the connection was cut in the meantime.
        if (this.isOpen) return answer;
      } catch {
        this.counters.retries += 1;
        await this.waitForChange(delayMs);
      }
    }
  }

  /** Resolves when the connection is restored or closed, or after `ms` milliseconds. */
  private waitForChange(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(wake, ms);
      this.waiting.add(wake);
    });
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
