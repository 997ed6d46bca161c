import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning, startTimeOf } from './own-processes';
import { predecessorGone } from './postgres-process';

let folder: string;
let parent: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-postgres-'));
  mkdirSync(join(folder, 'data'));
});

afterEach(() => {
  parent.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const pidFile = (): string => join(folder, 'data', 'postmaster.pid');

/** A process that has ended, but whose parent does not look: the shell becomes a sleep that knows of no child. */
async function zombie(): Promise<number> {
  // It must outlive the shell, which would take notice of its end.
  parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  expect(startTimeOf(pid)).toBeDefined();
  return pid;
}

describe('a postmaster that was killed', () => {
  it('is waited for until the kernel has forgotten it', async () => {
    const pid = await zombie();
    writeFileSync(pidFile(), `${String(pid)}\n/data\n`);
    setTimeout(() => parent.kill('SIGKILL'), 100);
    await predecessorGone(folder);
    expect(startTimeOf(pid)).toBeUndefined();
    expect(existsSync(pidFile())).toBe(true);
  });

  it('is no obstacle when nobody ever notices its end', async () => {
    writeFileSync(pidFile(), `${String(await zombie())}\n/data\n`);
    await predecessorGone(folder, 50);
    expect(existsSync(pidFile())).toBe(false);
  });
});
