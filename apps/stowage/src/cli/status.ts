import type { ClientEnvironment } from '../core/environment-file';
import type { DataFolder } from '../shell/data-folder';
import { lockHolder } from '../shell/data-lock';
import { ownProcesses } from '../shell/own-processes';

const ANSWER_TIMEOUT_MS = 2_000;

/** Prints the processes of this data folder, one per line. Resolves with false if the API does not respond. */
export async function status(
  folder: DataFolder,
  environment: ClientEnvironment,
  print: (line: string) => void,
): Promise<boolean> {
  const supervisor = lockHolder(folder.path);
  print(supervisor === undefined ? 'supervisor     not running' : `supervisor     process ${String(supervisor)}`);
  for (const { name, pid } of ownProcesses(folder.path)) print(`${name.padEnd(15)}process ${String(pid)}`);
  const answers = await fetch(`${environment.AWS_ENDPOINT_URL}/health`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  print(`${environment.AWS_ENDPOINT_URL} ${answers ? 'answers' : 'does not answer'}`);
  return answers;
}
