import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClone } from '../support/clone';
import { TestStowage } from '../support/stowage';
import { busyboxImage, runOne } from '../support/tasks';

const root = resolve(__dirname, '../..');
const SETUP = 'apps/stowage/setup';
const isRoot = process.getuid?.() === 0;
/** Time limit for two starts on a busy machine. */
const TIMEOUT_MS = 180_000;
const SLEEPER = { command: ['sleep', '600'] };

beforeAll(() => busyboxImage());

describe(
  'npm start in a clone below a folder that only its owner may enter, with a name that contains shell syntax',
  { timeout: TIMEOUT_MS },
  () => {
    let clone: TestClone;
    let stowage: TestStowage;

    beforeAll(async () => {
      clone = TestClone.make("it's a clone, #1 (100% mine; ü)");
      stowage = await TestStowage.inClone(clone.root);
    });

    afterAll(() => {
      stowage.command('reset');
      clone.remove();
    });

    it('runs tasks', async () => {
      await stowage.start();
      const [task] = await runOne(stowage.ecs(), 'in-clone', SLEEPER);
      expect(task?.lastStatus).toBe('RUNNING');
      expect(stowage.command('status')).toMatch(/^postgres\s+process \d+$/m);
      await stowage.end();
    });

    it.runIf(isRoot)('starts with the capabilities of a container, which lack the one to read everything', async () => {
      stowage.prefix = ['setpriv', '--bounding-set=-dac_read_search'];
      await stowage.start();
      await stowage.end();
    });

    it.runIf(isRoot)('reports what to do if root itself may not grant access to folders', async () => {
      stowage.prefix = ['setpriv', '--bounding-set=-dac_read_search,-dac_override'];
      const { code, stderr } = await stowage.attempt();
      expect(code).not.toBe(0);
      expect(stderr.trim().split('\n').at(-1)).toMatch(
        /^Postgres may not run as root, and other users may not enter a folder above .+: open it with "chmod o\+x", or clone/,
      );
    });
  },
);

describe('npm start in a clone with a name from which Postgres cannot start its programs', () => {
  it.each(['a "quoted" name', 'a $variable'])('is rejected in one sentence: %s', (name) => {
    const folder = join(mkdtempSync(join(tmpdir(), 'stowage-named-')), name);
    cpSync(join(root, SETUP), join(folder, SETUP), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [join(folder, SETUP, 'start.js')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/^Stowage cannot run in ".+": the path of its folder must not contain ", \$, `, .+\n$/);
  });
});

const DOCKER_SOCKET = '/var/run/docker.sock';
const NOBODY = 65_534;
const asNobody = ['setpriv', `--reuid=${String(NOBODY)}`, `--regid=${String(NOBODY)}`, '--groups'];
const mayEnter = isRoot && spawnSync(asNobody[0]!, [...asNobody.slice(1), '0', 'test', '-x', root]).status === 0;

describe.runIf(mayEnter)('npm start as a user who is not root and may use Docker', { timeout: TIMEOUT_MS }, () => {
  let stowage: TestStowage;

  beforeAll(async () => {
    stowage = await TestStowage.at();
    chownSync(stowage.data, NOBODY, NOBODY);
  });

  afterAll(() => stowage.reset());

  it('runs tasks, and is rejected for another user, whose files the first user could not read', async () => {
    stowage.prefix = [...asNobody, String(statSync(DOCKER_SOCKET).gid)];
    await stowage.start();
    const [task] = await runOne(stowage.ecs(), 'of-nobody', SLEEPER);
    expect(task?.lastStatus).toBe('RUNNING');
    await stowage.end();
    stowage.prefix = [];
    const { code, stderr } = await stowage.attempt();
    expect(code).not.toBe(0);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `Another user (uid ${String(NOBODY)}) started Stowage on ${stowage.data}: ` +
        'start it as that user, or choose another --data.',
    );
  });
});
