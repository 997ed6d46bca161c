import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';
import { PROTECTED_UNTIL } from '../../../../../test/support/scripted-control-plane';

let agent: TestAgent;
beforeAll(async () => {
  agent = await TestAgent.start();
});
afterAll(() => agent.destroy());

/** Runs a task whose container prints its $ECS_AGENT_URI. The tests send requests to that address from this machine. */
async function uriOf(): Promise<{ readonly task: string; readonly uri: string }> {
  const command = ['sh', '-c', 'echo $ECS_AGENT_URI; sleep 60'];
  const task = await agent.runUntilRunning(agent.definition({ command }));
  await expect.poll(() => agent.output(task), { timeout: 10_000 }).toMatch(/^http/);
  return { task, uri: `${(await agent.output(task)).trim()}/task-protection/v1/state` };
}

const put = async (uri: string, body: string) => {
  const answer = await fetch(uri, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
  return [answer.status, await answer.json()] as const;
};

describe('$ECS_AGENT_URI/task-protection/v1/state', () => {
  it('reads and sets the protection of the container’s own task only', async () => {
    const { task, uri } = await uriOf();
    const TaskArn = expect.stringContaining(task) as string;
    const unprotected = await fetch(uri);
    expect(await unprotected.json()).toEqual({ protection: { ProtectionEnabled: false, TaskArn } });
    expect(await put(uri, JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 60 }))).toEqual([
      200,
      { protection: { ExpirationDate: new Date(PROTECTED_UNTIL).toISOString(), ProtectionEnabled: true, TaskArn } },
    ]);
    expect(await put(uri, JSON.stringify({ ProtectionEnabled: false }))).toEqual([
      200,
      { protection: { ProtectionEnabled: false, TaskArn } },
    ]);
    expect(agent.controlPlane.protections).toEqual([
      { task },
      { task, set: { protectionEnabled: true, expiresInMinutes: 60 } },
      { task, set: { protectionEnabled: false } },
    ]);
    expect((await fetch(uri.replace(/api\/\w+/, `api/${'0'.repeat(32)}`))).status).toBe(404);
  });

  it('rejects an invalid body', async () => {
    const { uri } = await uriOf();
    for (const body of [
      '{}',
      '[]',
      '{"ProtectionEnabled":"yes"}',
      '{"ProtectionEnabled":true,"ExpiresInMinutes":1.5}',
    ]) {
      expect(await put(uri, body)).toMatchObject([400, { error: { Code: 'InvalidParameterException' } }]);
    }
  });
});
