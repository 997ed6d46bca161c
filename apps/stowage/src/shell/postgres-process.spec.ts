import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning, startTimeOf } from './own-processes';
import { previousPostmasterGone } from './postgres-process';

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

/** Starts a process that exits but whose parent does not reap it: the shell replaces itself by a sleep. */
async function zombie(): Promise<number> {
  // The process must outlive the shell, which would reap it.
  parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  expect(startTimeOf(pid)).toBeDefined();
  return pid;
}

describe('a postmaster that was killed', () => {
  it('is awaited until the kernel has removed it', async () => {
    const pid = await zombie();
    writeFileSync(pidFile(), `${String(pid)}\n/data\n`);
    setTimeout(() => parent.kill('SIGKILL'), 100);
    await previousPostmasterGone(folder);
    expect(startTimeOf(pid)).toBeUndefined();
    expect(existsSync(pidFile())).toBe(true);
  });

  it('does not block the start when its parent never reaps it', async () => {
    writeFileSync(pidFile(), `${String(await zombie())}\n/data\n`);
    await previousPostmasterGone(folder, 50);
    expect(existsSync(pidFile())).toBe(false);
  });
});
