import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Rules that lint cannot express, over all files that git tracks or would add. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && statSync(file, { throwIfNoEntry: false })?.isFile());

const GENERATED = /^(package-lock\.json|libs\/domain\/(models\/|src\/(ecs|elbv2)\/shapes\.ts))|\/generated\//;
const written = files.filter((file) => !GENERATED.test(file) && !/\.(png|svg|gz)$/.test(file));
const scripts = written.filter((file) => /\.(ts|mts|js|cjs|mjs|sh)$/.test(file));
const services = written.filter((file) => /^(apps|libs)\/.*\/src\/.*\.ts$/.test(file) && !/\.spec\.ts$/.test(file));

/** `file:line: text` of every line that matches. */
function linesWith(pattern: RegExp, among: readonly string[]): readonly string[] {
  return among.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${file}:${String(at + 1)}: ${line.trim()}`] : [])),
  );
}

const LINES_MAX = 300;
const SPEC_LINES_MAX = 500;

describe('the repository', () => {
  it('was found', () => {
    expect(services.length).toBeGreaterThan(20);
    expect(linesWith(/LINES_MAX = 300/, ['test/tidy.spec.ts'])).not.toEqual([]);
  });

  it('has no long files', () => {
    const long = scripts.filter((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      const code = lines.filter((line) => !/^\s*($|\/\/|\/?\*|#)/.test(line));
      return code.length > (/\.spec\.ts$|\.contract\.ts$|^test\//.test(file) ? SPEC_LINES_MAX : LINES_MAX);
    });
    expect(long).toEqual([]);
  });

  it('spells NATS subjects in the two files called subjects.ts only', () => {
    const subject = /^(?!\s*(\/?\*|\/\/)).*(['"`])(journal|agents|_INBOX)[._][^'"`\s]*[.>*}]/;
    expect(
      linesWith(
        subject,
        services.filter((file) => !file.endsWith('/subjects.ts')),
      ),
    ).toEqual([]);
  });

  it('reads the environment in config.ts only', () => {
    const others = services.filter((file) => !file.endsWith('/config.ts') && !file.startsWith('apps/stowage/'));
    expect(linesWith(/process\.env/, others)).toEqual([]);
  });

  it('leaves nothing to do without the number of an issue', () => {
    const others = written.filter((file) => file !== 'test/tidy.spec.ts');
    expect(linesWith(/\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/, others)).toEqual([]);
  });

  it('knows no path of the machine that it was written on', () => {
    const others = written.filter((file) => file !== 'test/tidy.spec.ts');
    expect(linesWith(/(^|[\s'"`(=:])\/(work|root|home)\//, others)).toEqual([]);
  });

  it('opens every library with what it is and is not', () => {
    const doors = files.filter((file) => /^libs\/[^/]+\/src\/index\.ts$/.test(file));
    expect(doors.filter((file) => !readFileSync(file, 'utf8').startsWith('/**'))).toEqual([]);
  });
});
