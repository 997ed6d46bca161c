import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/test-agent';

const CONTAINERS = 30;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const PARALLEL = [2, 3, 4];

/** Measures the overhead of an agent over Docker's own time to create and start containers. */
describe('thirty tasks of one container, from the work list to all RUNNING', () => {
  const agents: TestAgent[] = [];

  beforeAll(async () => {
    for (const agentDockerParallelism of PARALLEL) {
      agents.push(await TestAgent.start({ config: { agentDockerParallelism, agentImagePullBehavior: 'default' } }));
    }
  });
  afterAll(async () => {
    for (const agent of agents) await agent.destroy();
  });

  it('against the same containers directly through dockerode', async () => {
    const floor = new Map<number, number[]>();
    const ours = new Map<number, number[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, parallel] of PARALLEL.entries()) {
        const agent = agents[index]!;
        push(floor, parallel, await direct(agent, parallel));
        push(ours, parallel, await throughAgent(agent));
      }
    }
    const best = Math.min(...[...floor.values()].map(median));
    for (const parallel of PARALLEL) {
      const [docker, agent] = [median(floor.get(parallel)!), median(ours.get(parallel)!)];
      report(
        `at ${parallel} a time: dockerode ${seconds(docker)} s, agent ${seconds(agent)} s, ` +
          `ratio ${(agent / docker).toFixed(2)}, to the best floor ${(agent / best).toFixed(2)}`,
      );
    }
    expect(Math.min(...[...ours.values()].map(median)) / best).toBeLessThan(1.25);
  });
});

async function direct({ docker, image }: TestAgent, parallel: number): Promise<number> {
  const began = performance.now();
  const made: Docker.Container[] = [];
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < CONTAINERS) {
      begun += 1;
      const container = await docker.createContainer({
        Image: image,
        Cmd: ['sleep', '600'],
        HostConfig: { NetworkMode: 'bridge', Memory: 32 * 1024 * 1024 },
      });
      made.push(container);
      await container.start();
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const took = performance.now() - began;
  for (const container of made) await container.remove({ force: true });
  return took;
}

async function throughAgent(agent: TestAgent): Promise<number> {
  const began = performance.now();
  const tasks = agent.runMany(CONTAINERS, agent.definition({ command: ['sleep', '600'] }));
  await Promise.all(tasks.map((task) => agent.status(task, 'RUNNING', 60_000)));
  const took = performance.now() - began;
  for (const task of tasks) agent.controlPlane.items.delete(task);
  for (const { Id } of await agent.containers()) await agent.docker.getContainer(Id).remove({ force: true });
  return took;
}

function push(into: Map<number, number[]>, key: number, value: number): void {
  into.set(key, [...(into.get(key) ?? []), value]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
