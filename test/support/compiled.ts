import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

/**
 * The libraries and the programs of tests as plain JavaScript in a folder of its own, for tests that start processes and
 * kill them. Inside the repository, so that node_modules is found.
 */
export async function compileForProcesses(): Promise<{ readonly directory: string; remove(): void }> {
  const directory = join(ROOT, '.stowage', 'test-build', `${String(process.pid)}-${String(Date.now())}`);
  const swc = join(ROOT, 'node_modules', '.bin', 'swc');
  await promisify(execFile)(swc, ['libs', 'test/cluster', '-d', directory, '--config-file', '.swcrc', '--quiet'], {
    cwd: ROOT,
  });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
