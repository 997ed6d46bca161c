import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ECSClient, type ECSClientConfig } from '@aws-sdk/client-ecs';
import {
  ElasticLoadBalancingV2Client,
  type ElasticLoadBalancingV2ClientConfig,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { clientEnvironment } from '../cli/client-environment';
import { UserError } from '../user-error';
import type { ClientEnvironment } from '../core/environment-file';
import type { DataFolder } from '../shell/data-folder';
import { lockHolder } from '../shell/data-lock';
import { CleanUp } from './clean-up';
import { demonstrate } from './demo';
import { Narrator } from './narrator';
import { demonstrateService } from './service-demo';

export interface DemoOptions {
  readonly folder: DataFolder;
  readonly root: string;
  readonly busybox: string;
  readonly onlyTasks: boolean;
}

/** Runs the demonstration on the running Stowage, or on one that is started for it and stopped afterwards. */
export async function runDemo({ folder, root, busybox, onlyTasks }: DemoOptions): Promise<void> {
  const write = (text: string): void => void process.stdout.write(text);
  // Suppresses the SDK's warning about the end of support for this version of Node, because it hides the demonstration.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const elsewhere = process.env['AWS_ENDPOINT_URL'] !== undefined;
  const signal = interruption();
  const own = elsewhere || lockHolder(folder.path) !== undefined ? undefined : await startStowage(folder, root, signal);
  const cleanUp = new CleanUp();
  try {
    write('In another terminal, after ". .stowage/env", you can run the command of each step yourself.\n');
    const client = clientOptions(clientEnvironment({ path: folder.path, isNamed: !elsewhere }));
    const place = { ecs: new ECSClient(client), narrator: new Narrator(write, signal), cleanUp, signal, root, busybox };
    await demonstrate(place);
    if (!onlyTasks) await demonstrateService({ ...place, elb: new ElasticLoadBalancingV2Client(client) });
  } catch (error) {
    // An aborted wait or request has its own error; the user sees the reason of the abort instead.
    throw signal.aborted ? signal.reason : error;
  } finally {
    await cleanUp.run((sentence) => process.stderr.write(`${sentence}\n`));
    if (own) await ended(own);
  }
}

/**
 * Returns a signal that the first Ctrl-C aborts, so that the resources are removed. The second one ends the process.
 */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(1);
      process.stderr.write('\nRemoving the resources of the demonstration. Send the signal again to leave them.\n');
      interrupted.abort(new UserError(`The demonstration was stopped by ${name}.`));
    });
  }
  return interrupted.signal;
}

function clientOptions(environment: ClientEnvironment): ECSClientConfig & ElasticLoadBalancingV2ClientConfig {
  return {
    endpoint: environment.AWS_ENDPOINT_URL,
    region: environment.AWS_REGION,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
    },
  };
}

/**
 * Uses the port of the last start, if there was one. Stowage runs in its own session, because it must outlive a Ctrl-C
 * until the clean-up is done.
 */
async function startStowage(folder: DataFolder, root: string, signal: AbortSignal): Promise<ChildProcess> {
  const start = join(root, 'apps/stowage/setup/start.js');
  const port = existsSync(folder.env)
    ? ['--port', portOf(clientEnvironment({ path: folder.path, isNamed: true }))]
    : [];
  const child = spawn(process.execPath, [start, '--data', folder.path, ...port], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise<void>((ready, failed) => {
      child.stdout.once('data', () => ready());
      child.once('exit', () => failed(new UserError('Stowage failed to start; see the error above.')));
      signal.addEventListener('abort', () => failed(signal.reason as Error));
    });
    return child;
  } catch (error) {
    await ended(child);
    throw error;
  }
}

const portOf = ({ AWS_ENDPOINT_URL }: ClientEnvironment): string => new URL(AWS_ENDPOINT_URL).port;

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
