import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

const slow = { command: ['sh', '-c', 'trap "sleep 0.5; exit 0" TERM; while :; do sleep 0.05; done'] };

/** Makes the control plane give up the instance with all its tasks. */
function loseInstance(lostAt: number): void {
  agent.controlPlane.items.clear();
  agent.controlPlane.lostAt = lostAt;
}

describe('an agent whose instance was given up', () => {
  it('removes its tasks before it reports that it accepts tasks again', async () => {
    const running = await agent.runUntilRunning(agent.definition(slow));
    await agent.runUntilStopped(agent.definition({ command: ['true'] }));
    loseInstance(7);
    agent.controlPlane.hint();
    expect(await leftWhenReported()).toEqual([]);
    expect(agent.controlPlane.reportsOf(running).at(-1)).toMatchObject({ lastStatus: 'STOPPED' });
    expect(agent.controlPlane.recoveries.at(-1)).toMatchObject({ lostAt: 7 });
    await agent.runUntilRunning(agent.definition());
    expect(agent.controlPlane.recoveries).toHaveLength(1);
  });

  it('removes the tasks of an earlier process too', async () => {
    await agent.runUntilRunning(agent.definition());
    await agent.stop();
    const before = agent.controlPlane.recoveries.length;
    loseInstance(8);
    await agent.start();
    await expect.poll(() => agent.controlPlane.recoveries.length, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(await agent.containers()).toEqual([]);
  });

  it('repeats the report until it is acknowledged', async () => {
    await agent.runUntilRunning(agent.definition());
    const before = agent.controlPlane.recoveries.length;
    agent.controlPlane.recoveriesUnanswered = 2;
    loseInstance(9);
    agent.controlPlane.hint();
    await expect.poll(() => agent.controlPlane.recoveries.length, { timeout: 10_000 }).toBe(before + 3);
    expect(agent.controlPlane.lostAt).toBeUndefined();
  });
});

/** Resolves with the containers that exist when the agent reports that it accepts tasks again. */
async function leftWhenReported(): Promise<readonly string[]> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const names = (await agent.containers()).map(({ Id }) => Id);
    if (agent.controlPlane.recoveries.length > 0) return names;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The agent did not report that it accepts tasks again.');
}
