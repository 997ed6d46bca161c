import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

/**
 * Compiles the libraries and the test programs to JavaScript in a separate folder, for tests that start processes and
 * kill them. The folder is inside the repository, so that node_modules is found.
 */
export async function compileForProcesses(): Promise<{ readonly directory: string; remove(): void }> {
  const directory = join(ROOT, '.stowage', 'test-build', `${String(process.pid)}-${String(Date.now())}`);
  const swc = join(ROOT, 'node_modules', '.bin', 'swc');
  await promisify(execFile)(swc, ['libs', 'test/cluster', '-d', directory, '--config-file', '.swcrc', '--quiet'], {
    cwd: ROOT,
  });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
