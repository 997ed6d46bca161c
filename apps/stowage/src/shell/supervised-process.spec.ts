import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { furtherPasses, until } from '../../../../test/support/waits';
import { UserError } from '../user-error';
import { isRunning } from './own-processes';
import { type ProcessPlan, SupervisedProcess } from './supervised-process';

let folder = '';
const running: SupervisedProcess[] = [];
const sent: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-supervised-'));
  sent.length = 0;
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await rm(folder, { recursive: true });
});

/** Supervises a shell script, which is ready when it has written "ready" to its log. Its messages go to `messages`. */
function supervise(
  script: string,
  { messages = sent, ...changes }: Partial<ProcessPlan> & { readonly messages?: string[] } = {},
): SupervisedProcess {
  const { logFile = join(folder, 'log') } = changes;
  const one = new SupervisedProcess(
    {
      name: 'thing',
      command: 'sh',
      args: ['-c', script],
      env: process.env,
      logFile,
      ready: async (signal) => {
        while (!signal.aborted && !(await readFile(logFile, 'utf8')).includes('ready')) await delay(5);
      },
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 200,
      readyTimeoutMs: 20_000,
      readyReportMs: 20_000,
      notReadyBecause: 'it does not answer',
      restart: { firstDelayMs: 10, delayMaxMs: 20, stableAfterMs: 10_000 },
      ...changes,
    },
    (sentence) => messages.push(sentence),
  );
  running.push(one);
  return one;
}

/** Resolves when another process with the same delays has exited and restarted three times. */
async function otherRestarts(): Promise<void> {
  const messages: string[] = [];
  const logFile = join(folder, 'other-log');
  await supervise('echo ready; sleep 0.02', { messages, logFile }).start();
  await furtherPasses(() => messages.length);
}

const logged = (): Promise<string> => readFile(join(folder, 'log'), 'utf8');

describe('a supervised process', () => {
  it('is restarted when it exits, with a message', async () => {
    const thing = supervise('echo ready $$; sleep 60');
    await thing.start();
    const first = thing.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until('it is ready again', async () => (await logged()).match(/ready \d+/g)?.length === 2);
    expect(thing.pid).not.toBe(first);
    expect(sent).toEqual([expect.stringMatching(/^thing exited \(SIGKILL\); will restart it/)]);
  });

  it('is restarted after any number of exits', async () => {
    await supervise('echo ready; sleep 0.02; exit 3').start();
    await until('it exited four times', () => sent.length >= 4);
    expect(sent[3]).toMatch(/exited \(3\)/);
  });

  it('fails to start with the end of its log when it exits before it is ready, and is not restarted', async () => {
    const failure: unknown = await supervise('echo the disk is full >&2; exit 7')
      .start()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toMatch(/thing exited during its start \(7\)[^]*the disk is full/);
    await otherRestarts();
    expect(sent).toEqual([]);
  });

  it('is stopped when it is not ready in time', async () => {
    const thing = supervise('echo starting; sleep 60', { readyTimeoutMs: 500 });
    await expect(thing.start()).rejects.toThrow(
      /^thing was not ready within 1 s: it does not answer\. Its log, \S+, ends with:\nstarting$/,
    );
    expect(isRunning(thing.pid ?? 0)).toBe(false);
  });

  it('is reported periodically until it is ready, and its empty log when it is not ready in time', async () => {
    const silent = supervise('sleep 60', { readyTimeoutMs: 500, readyReportMs: 20 });
    await expect(silent.start()).rejects.toThrow(/: it does not answer\. It wrote nothing to its log, /);
    expect(sent.length).toBeGreaterThanOrEqual(3);
    expect(sent[0]).toMatch(/^Waiting for thing \(0 s\): it does not answer yet\. Its log is \S+\.$/);
  });

  it('fails when the program does not exist', async () => {
    const thing = new SupervisedProcess(
      {
        name: 'thing',
        command: join(folder, 'absent'),
        args: [],
        env: {},
        logFile: join(folder, 'log'),
        ready: () => new Promise(() => undefined),
        stopSignal: 'SIGTERM',
        stopTimeoutMs: 200,
        readyTimeoutMs: 500,
        readyReportMs: 100,
        notReadyBecause: 'it does not answer',
      },
      () => undefined,
    );
    await expect(thing.start()).rejects.toThrow(/failed to start .*ENOENT/);
  });

  it('is killed with SIGKILL when it ignores the stop signal, and is not restarted', async () => {
    const thing = supervise('trap "" TERM; echo ready; while true; do sleep 0.05; done');
    await thing.start();
    const pid = thing.pid ?? 0;
    await thing.stop();
    await otherRestarts();
    expect(isRunning(pid)).toBe(false);
    expect(sent).toEqual([]);
  });
});
