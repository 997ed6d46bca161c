import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const PER_SECOND = 50;
const TIMEOUT_MS = 20_000;

/** Sends requests to a service at a constant rate over persistent connections, and counts the responses. */
export class LoadGenerator {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly open = new Set<Promise<void>>();
  private readonly versions = new Map<string, number>();
  private stopping = false;
  private readonly running: Promise<void>;
  /** Failure counts by step and reason, in the order of their first occurrence. */
  private readonly failures = new Map<string, number>();
  sent = 0;

  /** `step` returns the current step of the demonstration, to which a failure is attributed. */
  constructor(
    private readonly url: string,
    private readonly step: () => string,
  ) {
    this.running = this.run();
  }

  /** Returns the number of failed requests, and a line for each step and reason. */
  lost(): readonly string[] {
    const failed = [...this.failures.values()].reduce((sum, count) => sum + count, 0);
    return [
      `${String(failed)} of ${String(this.sent)} requests failed.`,
      ...[...this.failures].map(([where, count]) => `${String(count)} failed in ${where}`),
    ];
  }

  /** Returns the number of responses per version since the previous call. */
  answers(): string {
    const counts = [...this.versions].sort().map(([version, count]) => `${String(count)} from ${version}`);
    this.versions.clear();
    return counts.join(', ');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    await Promise.all(this.open);
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    const begun = performance.now();
    while (!this.stopping) {
      const due = ((performance.now() - begun) * PER_SECOND) / 1_000;
      while (this.sent < due) {
        this.sent += 1;
        const one: Promise<void> = this.ask().finally(() => this.open.delete(one));
        this.open.add(one);
      }
      await delay(1_000 / PER_SECOND);
    }
  }

  private ask(): Promise<void> {
    return new Promise((resolve) => {
      const fail = (why: string): void => {
        const where = `step ${this.step()}: ${why}`;
        this.failures.set(where, (this.failures.get(where) ?? 0) + 1);
        resolve();
      };
      const failWith = (error: Error): void => fail(error.message);
      const asked = request(this.url, { agent: this.agent, timeout: TIMEOUT_MS }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('error', failWith);
        answer.on('end', () => {
          if (answer.statusCode !== 200) return fail(`HTTP status ${String(answer.statusCode)}`);
          this.versions.set(text.trim(), (this.versions.get(text.trim()) ?? 0) + 1);
          resolve();
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`no response within ${String(TIMEOUT_MS)} ms`)));
      asked.on('error', failWith);
      asked.end();
    });
  }
}
