import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const PER_SECOND = 50;
const TIMEOUT_MS = 20_000;

/** Asks a service again and again, over connections that are kept, and counts what it gets. */
export class LoadGenerator {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly open = new Set<Promise<void>>();
  private readonly versions = new Map<string, number>();
  private stopping = false;
  private readonly running: Promise<void>;
  sent = 0;
  failed = 0;

  constructor(private readonly url: string) {
    this.running = this.run();
  }

  /** How many answers came from which version, since the last time this was asked. */
  answers(): string {
    const told = [...this.versions].sort().map(([version, count]) => `${String(count)} from ${version}`);
    this.versions.clear();
    return told.join(', ');
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
      const fail = (): void => {
        this.failed += 1;
        resolve();
      };
      const asked = request(this.url, { agent: this.agent, timeout: TIMEOUT_MS }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('error', fail);
        answer.on('end', () => {
          if (answer.statusCode !== 200) return fail();
          this.versions.set(text.trim(), (this.versions.get(text.trim()) ?? 0) + 1);
          resolve();
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('It took too long.')));
      asked.on('error', fail);
      asked.end();
    });
  }
}
