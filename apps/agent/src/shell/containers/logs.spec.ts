import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

const shell = (script: string) => ({ command: ['sh', '-c', script] });

/** Reads a log to its end as the gateway does, page by page. */
async function readAll(task: Parameters<TestAgent['inspect']>[0], tail?: number): Promise<readonly string[]> {
  const lines: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await agent.controlPlane.askForLogs({
      task,
      waitMs: 1_000,
      ...(cursor && { cursor }),
      ...(tail && { tail }),
    });
    if (!page.found) throw new Error(page.reason);
    lines.push(...page.lines.map(({ text }) => text));
    if (page.ended) return lines;
    cursor = page.cursor;
  }
}

/** Shortens a long line to the character that it repeats and the number of repetitions. */
const brief = (line: string): string =>
  line.replace(/(.)\1{99,}/g, (run, letter) => `${String(letter)}*${String(run.length)}`);

describe('the log of a container', () => {
  it('contains both of its streams, with their times', async () => {
    const { task } = await agent.runUntilStopped(agent.definition(shell('echo out; sleep 0.2; echo err >&2')));
    const answer = await agent.controlPlane.askForLogs({ task });
    if (!answer.found) throw new Error(answer.reason);
    expect(answer.lines.map(({ stream, text }) => [stream, text])).toEqual([
      ['stdout', 'out'],
      ['stderr', 'err'],
    ]);
    // The times are those at which Docker read the lines, so the gap may be slightly shorter than the sleep.
    expect(answer.lines[1]!.at - answer.lines[0]!.at).toBeGreaterThan(100);
  });

  it('is complete and in order in several pages if it is longer than one', async () => {
    const { task } = await agent.runUntilStopped(
      agent.definition(shell('i=0; while [ $i -lt 2500 ]; do echo $i; i=$((i+1)); done')),
    );
    const answer = await agent.controlPlane.askForLogs({ task });
    expect(answer).toMatchObject({ found: true, ended: false });
    expect(answer.found && answer.lines).toHaveLength(1_000);
    expect(await readAll(task)).toEqual(Array.from({ length: 2_500 }, (_, index) => String(index)));
  });

  it('is followed: a request waits for the next line, and ends with the container', async () => {
    const task = await agent.runUntilRunning(agent.definition(shell('echo first; sleep 1.5; echo second; sleep 0.3')));
    await expect.poll(() => agent.output(task)).toBe('first');
    const { cursor } = (await agent.controlPlane.askForLogs({ task })) as { cursor: string };
    const asked = Date.now();
    const next = await agent.controlPlane.askForLogs({ task, cursor, waitMs: 5_000 });
    expect(next).toMatchObject({ lines: [{ text: 'second' }] });
    expect(Date.now() - asked).toBeLessThan(4_000);
    expect(await readAll(task)).toEqual(['first', 'second']);
  });

  it('waits no longer than waitMs', async () => {
    const task = await agent.runUntilRunning(agent.definition());
    const asked = Date.now();
    expect(await agent.controlPlane.askForLogs({ task, waitMs: 300 })).toMatchObject({ lines: [], ended: false });
    expect(Date.now() - asked).toBeGreaterThan(250);
    expect(Date.now() - asked).toBeLessThan(2_000);
  });

  it('begins with its last lines if the request has a tail', async () => {
    const { task } = await agent.runUntilStopped(agent.definition(shell('for i in 1 2 3 4; do echo $i; done')));
    expect(await readAll(task, 2)).toEqual(['3', '4']);
  });

  it('is also text if the container has a terminal', async () => {
    const { task } = await agent.runUntilStopped(
      agent.definition({ ...shell('echo a; echo b'), pseudoTerminal: true }),
    );
    expect(await readAll(task)).toEqual(['a', 'b']);
  });

  it('has complete long lines, with every log driver that Docker can read', async () => {
    const long = (letter: string) => `head -c 40000 /dev/zero | tr '\\0' ${letter}; echo`;
    const script = `echo begin; ${long('a')}; { ${long('b')}; } >&2; echo end`;
    const lines = ['begin', 'a*40000', 'b*40000', 'end'];
    const syslog = { logDriver: 'syslog' as const, options: { 'syslog-address': 'udp://127.0.0.1:9' } };
    for (const more of [{}, { pseudoTerminal: true }, { logConfiguration: syslog }]) {
      const { task } = await agent.runUntilStopped(agent.definition({ ...shell(script), ...more }));
      expect((await readAll(task)).map(brief).sort()).toEqual([...lines].sort());
    }
    const { task } = await agent.runUntilStopped(agent.definition(shell(`echo begin; ${long('a')}; echo end`)));
    expect((await readAll(task, 2)).map(brief)).toEqual(['a*40000', 'end']);
  });

  it('returns a long line when it is complete', async () => {
    const task = await agent.runUntilRunning(
      agent.definition(shell(`head -c 20000 /dev/zero | tr '\\0' a; sleep 2; echo; sleep 60`)),
    );
    const early = await agent.controlPlane.askForLogs({ task, waitMs: 500 });
    expect(early).toMatchObject({ lines: [], ended: false });
    await expect.poll(async () => brief(await agent.output(task)), { timeout: 5_000 }).toBe('a*20000');
  });

  it('continues after a line that is longer than a page', async () => {
    const { task } = await agent.runUntilStopped(
      agent.definition(shell(`head -c 900000 /dev/zero | tr '\\0' a; echo; echo end`)),
    );
    expect((await readAll(task)).map(brief)).toEqual(['a*262144 [the rest of this line is left out]', 'end']);
  });

  it('begins with the next line if the tail is 0', async () => {
    const task = await agent.runUntilRunning(agent.definition(shell('echo old; sleep 2; echo new; sleep 60')));
    await expect.poll(() => agent.output(task)).toBe('old');
    const asked = await agent.controlPlane.askForLogs({ task, tail: 0 });
    if (!asked.found) throw new Error(asked.reason);
    expect(asked.lines).toEqual([]);
    const next = await agent.controlPlane.askForLogs({ task, cursor: asked.cursor, waitMs: 5_000 });
    expect(next).toMatchObject({ lines: [{ text: 'new' }] });
  });

  it('requires a container name if the task has several, and rejects an invalid request with the reason', async () => {
    const task = await agent.runUntilRunning({
      containerDefinitions: [agent.container(shell('echo main; sleep 60')), agent.container({ name: 'side' })],
    });
    await expect.poll(() => agent.output(task, 'main')).toBe('main');
    expect(await agent.output(task)).toBe('The task has several containers: name one.');
    expect(await agent.output(task, 'other')).toBe('The task has no container other.');
    const answer = await agent.controlPlane.askForLogs({ task, container: 'main', cursor: 'nonsense' });
    expect(answer).toEqual({ found: false, reason: 'The cursor is not valid. Use a cursor of an earlier response.' });
  });
});
