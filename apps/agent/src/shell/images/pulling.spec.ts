import Docker from 'dockerode';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRegistry } from '../../../../../test/support/registry';
import { TestAgent } from '../../../../../test/support/test-agent';
import type { PullBehavior } from '../../core/images/pull-policy';

let registry: TestRegistry;
const hosts: string[] = [];
const agents: TestAgent[] = [];

beforeAll(async () => {
  registry = await TestRegistry.start();
  hosts.push(registry.host);
});
afterAll(async () => {
  for (const agent of agents) await agent.destroy();
  const docker = new Docker();
  const pulled = (await docker.listImages()).filter(({ RepoDigests }) => {
    return RepoDigests?.some((digest) => hosts.some((host) => digest.startsWith(`${host}/`)));
  });
  for (const { Id } of pulled) await docker.getImage(Id).remove({ force: true });
  await registry.close();
});

async function agentThatPulls(behavior: PullBehavior, config: object = {}): Promise<TestAgent> {
  const agent = await TestAgent.start({ config: { agentImagePullBehavior: behavior, ...config } });
  agents.push(agent);
  return agent;
}

/** Resolves with the output of a container of `repository:latest`. */
async function saying(agent: TestAgent, repository: string, host = registry.host): Promise<string> {
  const image = `${host}/${repository}:latest`;
  const report = await agent.runUntilStopped(agent.definition({ image, command: [] }));
  return report.containers[0]?.reason ?? (await agent.output(report.task));
}

describe('the pull behaviour', () => {
  it('default contacts the registry for every task, and uses the local image if that fails', async () => {
    const agent = await agentThatPulls('default', { agentPullFailureReuseMs: 60_000 });
    const digest = registry.put('default', 'latest', 'one');
    expect(await saying(agent, 'default')).toBe('one');
    expect(agent.controlPlane.reports.at(-1)?.containers[0]?.imageDigest).toBe(digest);
    registry.put('default', 'latest', 'two');
    expect(await saying(agent, 'default')).toBe('two');
    registry.down = true;
    expect(await saying(agent, 'default')).toBe('two');
    registry.down = false;
    const asked = registry.pulls.length;
    expect(await saying(agent, 'default')).toBe('two');
    // The agent does not contact a registry for some time after a failure.
    expect(registry.pulls).toHaveLength(asked);
  });

  it('always contacts the registry for every task, and fails if the registry fails', async () => {
    const agent = await agentThatPulls('always');
    registry.put('always', 'latest', 'one');
    expect(await saying(agent, 'always')).toBe('one');
    registry.put('always', 'latest', 'two');
    expect(await saying(agent, 'always')).toBe('two');
    registry.down = true;
    expect(await saying(agent, 'always')).toMatch(/^CannotPullContainerError: /);
    registry.down = false;
  });

  it('once contacts the registry only for the first task of this agent, even after restarts', async () => {
    const agent = await agentThatPulls('once');
    registry.put('once', 'latest', 'one');
    expect(await saying(agent, 'once')).toBe('one');
    registry.put('once', 'latest', 'two');
    expect(await saying(agent, 'once')).toBe('one');
    await agent.stop();
    await agent.start();
    expect(await saying(agent, 'once')).toBe('one');
  });

  it('prefer-cached contacts the registry only for a missing image', async () => {
    const agent = await agentThatPulls('prefer-cached');
    registry.put('cached', 'latest', 'one');
    expect(await saying(agent, 'cached')).toBe('one');
    registry.put('cached', 'latest', 'two');
    expect(await saying(agent, 'cached')).toBe('one');
    expect(registry.pulls.filter((pulled) => pulled === 'cached:latest')).toHaveLength(1);
  });
});

describe('an image', () => {
  it('is pulled once for tasks that need it at the same time', async () => {
    const agent = await agentThatPulls('default');
    registry.put('shared', 'latest', 'x');
    await Promise.all([1, 2, 3, 4].map(() => saying(agent, 'shared')));
    expect(registry.pulls.filter((pulled) => pulled === 'shared:latest')).toHaveLength(1);
  });

  it('that the registry does not have fails with the error of the registry', async () => {
    const agent = await agentThatPulls('default');
    expect(await saying(agent, 'nothing')).toMatch(/^CannotPullImageManifestError: .*manifest unknown/);
  });

  it('with a digest is not pulled again', async () => {
    const agent = await agentThatPulls('always');
    const digest = registry.put('digest', 'latest', 'fixed');
    const image = `${registry.host}/digest@${digest}`;
    for (const _ of [1, 2]) {
      const { task, containers } = await agent.runUntilStopped(agent.definition({ image, command: [] }));
      expect(await agent.output(task)).toBe('fixed');
      expect(containers[0]?.imageDigest).toBe(digest);
    }
  });
});

describe('an image that is pinned by its digest', () => {
  it('runs although its tag has moved, even if it is not on this host', async () => {
    const digest = registry.put('pinned', 'latest', 'one');
    registry.put('pinned', 'latest', 'two');
    const agent = await agentThatPulls('always');
    const image = `${registry.host}/pinned:latest`;
    expect(await saying(agent, 'pinned')).toBe('two');
    const task = agent.run(agent.definition({ image, command: [] }), {}, { main: { pinnedDigest: digest } });
    const { containers } = await agent.status(task, 'STOPPED');
    expect(containers[0]).toMatchObject({ imageDigest: digest, exitCode: 0 });
    expect(await agent.output(task)).toBe('one');
  });
});

describe('a private registry', () => {
  const credentials = { username: 'worker', password: 'p:ss/w+rd' };

  it('accepts credentials in either format, and rejects others', async () => {
    const closed = await TestRegistry.start(credentials);
    hosts.push(closed.host);
    closed.put('secret', 'latest', 'opened');
    const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    const forms = [
      { agentEngineAuthType: 'docker', data: { [closed.host]: credentials } },
      { agentEngineAuthType: 'dockercfg', data: { auths: { [`http://${closed.host}`]: { auth } } } },
    ];
    const stranger = await agentThatPulls('always');
    expect(await saying(stranger, 'secret', closed.host)).toMatch(/^CannotPullContainerAuthError: .*no basic auth/);
    for (const { agentEngineAuthType, data } of forms) {
      const agentEngineAuthFile = join(stranger.config.agentDataDir, `${agentEngineAuthType}.json`);
      await writeFile(agentEngineAuthFile, JSON.stringify(data));
      const agent = await agentThatPulls('always', { agentEngineAuthType, agentEngineAuthFile });
      expect(await saying(agent, 'secret', closed.host)).toBe('opened');
    }
    await closed.close();
  });

  it('accepts the login of docker login, and that of a credential helper', async () => {
    const closed = await TestRegistry.start(credentials);
    hosts.push(closed.host);
    closed.put('login', 'latest', 'opened');
    const agentDockerConfigDir = await mkdtemp(join(tmpdir(), 'stowage-docker-config-'));
    const config = (content: object) => writeFile(join(agentDockerConfigDir, 'config.json'), JSON.stringify(content));
    const agent = await agentThatPulls('always', { agentDockerConfigDir });
    expect(await saying(agent, 'login', closed.host)).toMatch(/^CannotPullContainerAuthError: /);

    const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    await config({ auths: { [closed.host]: { auth } } });
    expect(await saying(agent, 'login', closed.host)).toBe('opened');

    await config({ credHelpers: { [closed.host]: 'stowage-test' }, auths: { [closed.host]: {} } });
    expect(await saying(agent, 'login', closed.host)).toMatch(/^CannotPullContainerAuthError: /);
    const answer = JSON.stringify({ Username: credentials.username, Secret: credentials.password });
    const helper = `#!/bin/sh\nread -r host; [ "$1 $host" = "get ${closed.host}" ] && echo '${answer}'\n`;
    await writeFile(join(agentDockerConfigDir, 'docker-credential-stowage-test'), helper, { mode: 0o755 });
    vi.stubEnv('PATH', `${agentDockerConfigDir}:${process.env['PATH'] ?? ''}`);
    expect(await saying(agent, 'login', closed.host)).toBe('opened');
    vi.unstubAllEnvs();
    await rm(agentDockerConfigDir, { recursive: true });
    await closed.close();
  });
});

describe('an image with the name of a repository in ECR', () => {
  const repository = `123456789012.dkr.ecr.us-east-1.amazonaws.com/stowage-test-${String(process.pid)}`;

  it('is used if it is on the machine', async () => {
    const agent = await agentThatPulls('default');
    await agent.makeImage(`${repository}:here`);
    const report = await agent.runUntilStopped(
      agent.definition({ image: `${repository}:here`, command: ['echo', 'x'] }),
    );
    expect(await agent.output(report.task)).toBe('x');
  });

  it('that cannot be pulled fails with a message about the necessary configuration', async () => {
    const agent = await agentThatPulls('default');
    const { containers } = await agent.runUntilStopped(agent.definition({ image: `${repository}:absent` }));
    expect(containers[0]?.reason).toMatch(/^CannotPullContainerError: .*The image is in Amazon ECR/);
    expect(containers[0]?.reason).toContain(
      'aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin 123456789012.dkr.ecr',
    );
  });
});
