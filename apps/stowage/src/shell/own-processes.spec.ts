import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { stopProcess, isRunning, markOf, ownProcesses, PROCESS_MARK, startTimeOf } from './own-processes';

const data = `/nowhere/${randomUUID()}`;
const started: ChildProcess[] = [];

async function start(name: string, script: string, folder = data): Promise<number> {
  const env = { ...process.env, [PROCESS_MARK]: markOf(folder, name) };
  const child = spawn('sh', ['-c', `${script}; exit`], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

afterEach(() => {
  for (const { pid, exitCode } of started.splice(0)) if (pid && exitCode === null) process.kill(-pid, 'SIGKILL');
});

describe('the processes of a data folder', () => {
  it('are found by their mark, without their children and without processes of another folder', async () => {
    const parent = await start('nats', 'echo; sleep 60 & wait');
    await start('nats', 'echo; sleep 60 & wait', `${data}-other`);
    expect(ownProcesses(data)).toEqual([{ pid: parent, name: 'nats' }]);
  });

  it('are killed with SIGKILL when they ignore the signal', async () => {
    const stubborn = await start('agent', 'trap "" TERM; echo; while true; do sleep 1; done');
    expect(isRunning(stubborn)).toBe(true);
    await stopProcess(stubborn, 'SIGTERM', 100);
    expect(isRunning(stubborn)).toBe(false);
    expect(startTimeOf(stubborn)).not.toBe(startTimeOf(process.pid));
  });

  it('may have exited already', async () => {
    const pid = await start('agent', 'echo');
    if (started[0]!.exitCode === null) await once(started[0]!, 'exit');
    await expect(stopProcess(pid, 'SIGTERM', 1_000)).resolves.toBeUndefined();
  });
});
