import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlacementCounters } from '../../apps/scheduler/src/shell/placement-queues';
import { cpuSecondsOf } from '../support/app-process';
import type { ReplicaOrder, ReplicaReport } from './replica';

/** The child process of `replica.ts`. */
export class ReplicaProcess {
  private counted: PlacementCounters = { batches: 0, requests: 0, conflicts: 0, requestsRefused: 0 };

  private constructor(
    private readonly child: ChildProcess,
    private readonly dataDir: string,
  ) {}

  /** Resolves when the process has folded the journal. */
  static async start(natsUrl: string): Promise<ReplicaProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'stowage-bench-replica-'));
    const child = fork(join(__dirname, 'replica.js'), {
      env: {
        PATH: process.env['PATH'],
        STOWAGE_NATS_URLS: natsUrl,
        STOWAGE_DATA_DIR: dataDir,
        STOWAGE_LOG_LEVEL: 'error',
      },
    });
    const replica = new ReplicaProcess(child, dataDir);
    await replica.heard();
    return replica;
  }

  /** Time since the process started. */
  get counters(): PlacementCounters {
    return this.counted;
  }

  /** Processor time that the process has used. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.child.pid ?? 0);
  }

  /** Resolves when the order is complete. */
  async carryOut(order: ReplicaOrder): Promise<void> {
    this.child.send(order);
    await this.heard();
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async heard(): Promise<void> {
    const stop = new AbortController();
    const gone = once(this.child, 'exit', { signal: stop.signal }).then(() => {
      throw new Error('A replica ended.');
    });
    gone.catch(() => undefined);
    try {
      const [report] = (await Promise.race([once(this.child, 'message', { signal: stop.signal }), gone])) as [
        ReplicaReport,
      ];
      if ('failed' in report) throw new Error(report.failed);
      this.counted = report;
    } finally {
      stop.abort();
    }
  }
}
