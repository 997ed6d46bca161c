import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClearFailure } from '../clear-failure';
import { isRunning } from './own-processes';
import { SupervisedProcess } from './supervised-process';

let folder = '';
const running: SupervisedProcess[] = [];
const told: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-supervised-'));
  told.length = 0;
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await rm(folder, { recursive: true });
});

/** Runs a shell script; it is ready when it has written so much to its log. */
function supervise(script: string, readyText = 'ready'): SupervisedProcess {
  const logFile = join(folder, 'log');
  const one = new SupervisedProcess(
    {
      name: 'thing',
      command: 'sh',
      args: ['-c', script],
      env: process.env,
      logFile,
      ready: async (signal) => {
        while (!signal.aborted && !(await readFile(logFile, 'utf8')).includes(readyText)) await delay(5);
      },
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 200,
      readyTimeoutMs: 500,
      readyReportMs: 100,
      notReadyBecause: 'it does not answer',
      restart: { firstDelayMs: 10, delayMaxMs: 20, wellAfterMs: 10_000 },
    },
    (sentence) => told.push(sentence),
  );
  running.push(one);
  return one;
}

const logged = (): Promise<string> => readFile(join(folder, 'log'), 'utf8');

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It never came to be.');
    await delay(5);
  }
}

describe('a supervised process', () => {
  it('is started again when it dies, and whoever listens is told', async () => {
    const thing = supervise('echo ready $$; sleep 60');
    await thing.start();
    const first = thing.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until(async () => (await logged()).match(/ready \d+/g)?.length === 2);
    expect(thing.pid).not.toBe(first);
    expect(told).toEqual([expect.stringMatching(/^thing ended \(SIGKILL\) and is started again/)]);
  });

  it('goes on being started however often it dies', async () => {
    await supervise('echo ready; sleep 0.02; exit 3').start();
    await until(() => told.length >= 4);
    expect(told[3]).toMatch(/ended \(3\)/);
  });

  it('fails at its start with the end of its log when it dies before it is ready, and is not started again', async () => {
    const failure: unknown = await supervise('echo the disk is full >&2; exit 7')
      .start()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ClearFailure);
    expect(String(failure)).toMatch(/thing ended at its start \(7\)[^]*the disk is full/);
    await delay(50);
    expect(told).toEqual([]);
  });

  it('is ended when it is not ready in time', async () => {
    const thing = supervise('echo starting; sleep 60');
    await expect(thing.start()).rejects.toThrow(
      /^thing was not ready within 1 s: it does not answer\. Its log, \S+, ends with:\nstarting$/,
    );
    expect(isRunning(thing.pid ?? 0)).toBe(false);
  });

  it('is reported every so often until it is ready, and its empty log when it never is', async () => {
    await expect(supervise('sleep 60').start()).rejects.toThrow(/: it does not answer\. It wrote nothing to its log, /);
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told[0]).toMatch(/^Waiting for thing \(0 s\): it does not answer yet\. Its log is \S+\.$/);
  });

  it('fails when there is no such program', async () => {
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
    await expect(thing.start()).rejects.toThrow(/cannot be started .*ENOENT/);
  });

  it('is ended with SIGKILL when it does not heed the stop signal, and stays ended', async () => {
    const thing = supervise('trap "" TERM; echo ready; while true; do sleep 0.05; done');
    await thing.start();
    const pid = thing.pid ?? 0;
    await thing.stop();
    await delay(50);
    expect(isRunning(pid)).toBe(false);
    expect(told).toEqual([]);
  });
});
