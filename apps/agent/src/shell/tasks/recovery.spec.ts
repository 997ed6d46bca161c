import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';

let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

const slow = { command: ['sh', '-c', 'trap "sleep 0.5; exit 0" TERM; while :; do sleep 0.05; done'] };

/** The books gave the instance up, with all its tasks. */
function loseInstance(lostAt: number): void {
  agent.controlPlane.items.clear();
  agent.controlPlane.lostAt = lostAt;
}

describe('an agent whose instance was given up', () => {
  it('removes all that it ran, and only then says that it takes tasks again', async () => {
    const running = await agent.runUntilRunning(agent.definition(slow));
    await agent.runUntilStopped(agent.definition({ command: ['true'] }));
    loseInstance(7);
    agent.controlPlane.hint();
    expect(await leftWhenSaid()).toEqual([]);
    expect(agent.controlPlane.reportsOf(running).at(-1)).toMatchObject({ lastStatus: 'STOPPED' });
    expect(agent.controlPlane.recoveries.at(-1)).toMatchObject({ lostAt: 7 });
    await agent.runUntilRunning(agent.definition());
    expect(agent.controlPlane.recoveries).toHaveLength(1);
  });

  it('does the same with what an earlier life of it ran', async () => {
    await agent.runUntilRunning(agent.definition());
    await agent.stop();
    const said = agent.controlPlane.recoveries.length;
    loseInstance(8);
    await agent.start();
    await expect.poll(() => agent.controlPlane.recoveries.length, { timeout: 10_000 }).toBeGreaterThan(said);
    expect(await agent.containers()).toEqual([]);
  });

  it('says it again when nobody answered', async () => {
    await agent.runUntilRunning(agent.definition());
    const said = agent.controlPlane.recoveries.length;
    agent.controlPlane.recoveriesUnanswered = 2;
    loseInstance(9);
    agent.controlPlane.hint();
    await expect.poll(() => agent.controlPlane.recoveries.length, { timeout: 10_000 }).toBe(said + 3);
    expect(agent.controlPlane.lostAt).toBeUndefined();
  });
});

/** The containers that were left at the moment when the agent said that there were none. */
async function leftWhenSaid(): Promise<readonly string[]> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const names = (await agent.containers()).map(({ Id }) => Id);
    if (agent.controlPlane.recoveries.length > 0) return names;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The agent did not say it.');
}
