import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ECSClient, type ECSClientConfig } from '@aws-sdk/client-ecs';
import {
  ElasticLoadBalancingV2Client,
  type ElasticLoadBalancingV2ClientConfig,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { clientEnvironment } from '../cli/client-environment';
import { ClearFailure } from '../clear-failure';
import type { ClientEnvironment } from '../core/environment-file';
import type { DataFolder } from '../shell/data-folder';
import { lockHolder } from '../shell/data-lock';
import { demonstrate } from './demo';
import { Narrator } from './narrator';
import { demonstrateService } from './service-demo';

export interface DemoOptions {
  readonly folder: DataFolder;
  readonly root: string;
  readonly busybox: string;
  readonly onlyTasks: boolean;
}

/** Demonstrates on the Stowage that runs, or on one that is started for it and ended after it. */
export async function runDemo({ folder, root, busybox, onlyTasks }: DemoOptions): Promise<void> {
  const write = (text: string): void => void process.stdout.write(text);
  // The SDK announces the end of its support for this Node; that is not what is demonstrated.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const elsewhere = process.env['AWS_ENDPOINT_URL'] !== undefined;
  const own = elsewhere || lockHolder(folder.path) !== undefined ? undefined : await startStowage(folder, root);
  try {
    write('In another terminal, after ". .stowage/env", each of these commands does the same.\n');
    const client = clientOptions(clientEnvironment(folder.path));
    const place = { ecs: new ECSClient(client), narrator: new Narrator(write), root, busybox };
    await demonstrate(place);
    if (!onlyTasks) await demonstrateService({ ...place, elb: new ElasticLoadBalancingV2Client(client) });
  } finally {
    if (own) {
      own.kill('SIGTERM');
      await once(own, 'exit');
    }
  }
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

async function startStowage(folder: DataFolder, root: string): Promise<ChildProcess> {
  const start = join(root, 'apps/stowage/setup/start.js');
  const child = spawn(process.execPath, [start, '--data', folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((ready, failed) => {
    child.stdout.once('data', () => ready());
    child.once('exit', () => failed(new ClearFailure('Stowage does not start; it says above why.')));
  });
  return child;
}
