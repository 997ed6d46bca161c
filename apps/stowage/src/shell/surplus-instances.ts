import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { joinedIdentity, type JoinedIdentity } from '@stowage/runtime';
import { errorText } from '@stowage/concurrency';
import { ECS_TARGET, type StowageClient } from '../cli/stowage-client';
import type { DataFolder } from './data-folder';
import { type Deployment, setAside } from './local-identity';
import { removeFromDocker } from './remove-from-docker';
import { seenInstance } from './seen-instance';

/*
 * Handles a start with fewer --instances than the one before. The surplus container instances receive no new tasks, and
 * leave the cluster when their last task has stopped.
 */

const CHECK_MS = 2_000;
/** File in the directory of an agent whose instance this module set to DRAINING. */
const MARK = 'surplus';

/** Returns the numbers N of the agents `agent-N` beyond `count`, with their identities. */
export function surplusAgents(folder: DataFolder, count: number): ReadonlyMap<number, JoinedIdentity> {
  const names = existsSync(folder.agents) ? readdirSync(folder.agents) : [];
  const numbers = names.map((name) => Number(/^agent-(\d+)$/.exec(name)?.[1])).filter((number) => number > count);
  return new Map(
    numbers.flatMap((number) => {
      const identity = joinedIdentity(folder.agent(`agent-${String(number)}`));
      return identity ? [[number, identity] as const] : [];
    }),
  );
}

/** Sets an instance to DRAINING. Resolves with false if it has left its cluster already. */
export async function drain(
  folder: DataFolder,
  name: string,
  { client, report }: Pick<Deployment, 'client' | 'report'>,
): Promise<boolean> {
  const identity = joinedIdentity(folder.agent(name));
  const seen = identity && (await seenInstance(client, identity));
  if (!identity || !seen) return false;
  writeFileSync(join(folder.agent(name), MARK), '');
  await setState(client, identity, 'DRAINING');
  report(
    `${name} is beyond --instances: it gets no new tasks, and leaves when its tasks (${String(seen.tasks)}) have stopped.`,
  );
  return true;
}

/** Reverts `drain` at a start with enough --instances. Does not change an instance that a user set to DRAINING. */
export async function undrain(folder: DataFolder, name: string, client: StowageClient): Promise<void> {
  const mark = join(folder.agent(name), MARK);
  const identity = joinedIdentity(folder.agent(name));
  if (!identity || !existsSync(mark)) return;
  await setState(client, identity, 'ACTIVE');
  rmSync(mark);
}

/**
 * Waits until the instance has no tasks, then stops its agent by `stop` and removes it. Returns early when `signal`
 * aborts.
 */
export async function removeWhenIdle(
  folder: DataFolder,
  name: string,
  {
    client,
    report,
    stop,
    signal,
  }: Pick<Deployment, 'client' | 'report'> & {
    readonly stop: () => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const identity = joinedIdentity(folder.agent(name));
  if (!identity) return;
  while (!signal.aborted) {
    const seen = await seenInstance(client, identity).catch(() => ({ tasks: Number.NaN }));
    if (seen === undefined || seen.tasks === 0) break;
    await delay(CHECK_MS, undefined, { signal }).catch(() => undefined);
  }
  if (signal.aborted) return;
  await stop();
  const { cluster, instance } = identity;
  try {
    await client.call(`${ECS_TARGET}.DeregisterContainerInstance`, { cluster, containerInstance: instance });
    await removeFromDocker(instance, () => undefined);
    setAside(folder, name, identity, report);
  } catch (error) {
    report(`Failed to remove ${name}; the next start will retry: ${errorText(error)}`);
  }
}

async function setState(client: StowageClient, { cluster, instance }: JoinedIdentity, status: string): Promise<void> {
  await client.call(`${ECS_TARGET}.UpdateContainerInstancesState`, { cluster, containerInstances: [instance], status });
}
