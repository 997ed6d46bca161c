import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../user-error';
import { lockData, lockHolder } from './data-lock';

let folder = '';
let holder: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-lock-'));
});

afterEach(async () => {
  holder?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Starts another process that holds the lock as Stowage does, with this parent process id. */
async function heldByAnother(parent?: { readonly pid: number; readonly startTime: string }): Promise<number> {
  const child = spawn('flock', ['--exclusive', '--no-fork', join(folder, 'lock'), 'sh', '-c', 'echo; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  holder = child;
  await once(child.stdout, 'data');
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: child.pid, ...(parent && { parent }) }));
  return child.pid ?? 0;
}

describe('the lock on a data folder', () => {
  it('is not granted while another process holds it, with an error that names the process', async () => {
    const pid = await heldByAnother();
    await expect(lockData(folder)).rejects.toThrow(UserError);
    await expect(lockData(folder)).rejects.toThrow(new RegExp(`already runs on ${folder} as process ${String(pid)}:`));
    expect(lockHolder(folder)).toBe(pid);
  });

  it('is released when its holder is killed', async () => {
    await heldByAnother();
    const gone = once(holder!, 'exit');
    holder!.kill('SIGKILL');
    await gone;
    const lock = await lockData(folder);
    expect(lockHolder(folder)).toBe(process.pid);
    lock.release();
    expect(lockHolder(folder)).toBeUndefined();
  });

  it('is taken from a holder whose npm has exited, after the holder is stopped', async () => {
    await heldByAnother({ pid: 2 ** 22 - 1, startTime: '1' });
    const gone = once(holder!, 'exit');
    const lock = await lockData(folder);
    expect((await gone)[1]).toBe('SIGTERM');
    lock.release();
  });
});
