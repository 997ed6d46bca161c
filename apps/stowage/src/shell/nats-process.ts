import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeWhole } from './data-folder';
import type { LocalStowageParts } from './local-stowage-parts';
import { processDefaults } from './process-defaults';
import type { ProcessPlan } from './supervised-process';

const POLL_MS = 10;
/** NATS greets every client with a line that begins so, once it takes clients. */
const GREETING = 'INFO ';

/** NATS listens on the port behind the API's. */
export const natsPort = ({ options }: Pick<LocalStowageParts, 'options'>): number => options.port + 1;

const configFile = ({ folder }: Pick<LocalStowageParts, 'folder'>): string => join(folder.nats, 'nats.conf');

/** Writes the server's configuration. */
export async function prepareNats(parts: LocalStowageParts): Promise<void> {
  await mkdir(parts.folder.nats, { recursive: true, mode: 0o700 });
  writeWhole(configFile(parts), configText(parts));
}

function configText(parts: LocalStowageParts): string {
  return [
    `listen: ${JSON.stringify(`${parts.options.host}:${String(natsPort(parts))}`)}`,
    'server_name: stowage',
    'max_payload: 8MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(parts.folder.nats, 'jetstream'))}`,
    '  sync_interval: always',
    '  limits { batch { max_inflight_per_stream: 1000, timeout: 2s } }',
    '}',
    '',
  ].join('\n');
}

/** What a process of the control plane is told to reach NATS. */
export function natsClientSettings(parts: LocalStowageParts): Readonly<Record<string, string>> {
  return { STOWAGE_NATS_URLS: `nats://${parts.options.host}:${String(natsPort(parts))}` };
}

export function natsPlan(parts: LocalStowageParts): ProcessPlan {
  const { folder, tools, options } = parts;
  return {
    ...processDefaults(folder, 'nats'),
    command: tools.natsServer,
    args: ['--config', configFile(parts)],
    ready: (signal) => natsAnswers(options.host, natsPort(parts), signal),
  };
}

/** Resolves when a NATS server takes clients at this address, or `signal` aborts. */
async function natsAnswers(host: string, port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await greets(host, port))) await delay(POLL_MS);
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8').once('data', (text: string) => done(text.startsWith(GREETING)));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}
