import type { AgentAnswer, AgentLink, AgentRequest, AgentVerb } from '@stowage/runtime';
import type { Counters } from './counters';

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/** A simulated agent's way to the managers, which can be cut for a while: then nothing goes out or comes in. */
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

  /** Sent again until it is answered. `request` is made anew each time. Undefined: the channel was closed meanwhile. */
  async ask<Verb extends AgentVerb>(
    verb: Verb,
    request: () => AgentRequest<Verb>,
  ): Promise<AgentAnswer<Verb> | undefined> {
    for (let pauseMs = RETRY_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      while (this.cutOff) await this.pause();
      if (this.closed) return undefined;
      try {
        const answer = await this.link.request(verb, request(), this.requestTimeoutMs);
        // What arrives on a line that was cut meanwhile does not arrive.
        if (this.isOpen) return answer;
      } catch {
        this.counters.retries += 1;
        await this.pause(pauseMs);
      }
    }
  }

  /** Until the channel is mended or closed, at most for `ms`. */
  private pause(ms?: number): Promise<void> {
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
