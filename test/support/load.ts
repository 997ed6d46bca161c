import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly path?: () => string;
  readonly perSecond: number;
  /** True if connections are reused. */
  readonly keepAlive: boolean;
}

/** A request without the expected answer. */
export interface Failure {
  readonly atMs: number;
  readonly what: string;
}

const REQUEST_TIMEOUT_MS = 30_000;

/** Sends requests at a steady rate, independent of earlier answers, and counts all of them. */
export class Load {
  readonly failures: Failure[] = [];
  readonly latenciesMs: number[] = [];
  /** Number of answers by target. */
  readonly answers = new Map<string, number>();
  private readonly open = new Set<Promise<void>>();
  private readonly agent: Agent;
  private readonly running: Promise<void>;
  private stopping = false;
  sent = 0;

  private constructor(private readonly options: LoadOptions) {
    this.agent = new Agent({ keepAlive: options.keepAlive, maxSockets: Infinity });
    this.running = this.run();
  }

  static start(options: LoadOptions): Load {
    return new Load(options);
  }

  /** Sends no more requests, and waits for the pending answers. */
  async stop(): Promise<this> {
    this.stopping = true;
    await this.running;
    await Promise.all(this.open);
    this.agent.destroy();
    return this;
  }

  private async run(): Promise<void> {
    const begun = performance.now();
    while (!this.stopping) {
      const due = ((performance.now() - begun) * this.options.perSecond) / 1_000;
      while (this.sent < due) this.send();
      await delay(1_000 / this.options.perSecond);
    }
  }

  private send(): void {
    this.sent += 1;
    const one: Promise<void> = this.ask().finally(() => this.open.delete(one));
    this.open.add(one);
  }

  private ask(): Promise<void> {
    const { host, port, path = () => '/' } = this.options;
    const at = performance.now();
    return new Promise((resolve) => {
      const fail = (what: string): void => {
        this.failures.push({ atMs: Math.round(at), what });
        resolve();
      };
      const asked = request({ host, port, path: path(), agent: this.agent, timeout: REQUEST_TIMEOUT_MS }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => (body += text));
        answer.on('error', (error) => fail(`in the answer: ${error.message}`));
        answer.on('end', () => {
          if (answer.statusCode !== 200) return fail(`status ${String(answer.statusCode)}`);
          this.latenciesMs.push(performance.now() - at);
          const target = body.trim();
          this.answers.set(target, (this.answers.get(target) ?? 0) + 1);
          resolve();
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('timed out')));
      asked.on('error', (error) => fail(error.message));
      asked.end();
    });
  }
}
