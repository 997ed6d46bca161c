import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findInFolders, findInText } from './support/language.mjs';

/** Exceptions: folders that still have findings. A folder leaves the list with its last finding. */
const PENDING: readonly string[] = [];

const patternsIn = (file: string, text: string): readonly string[] =>
  findInText(file, text).map((found) => found.pattern);

describe('the language of comments, documentation and user-visible texts', () => {
  it('is plain technical English in every file', () => {
    const found = findInFolders(['.', ...PENDING.map((folder) => `:!${folder}`)]);
    expect(found.map((one) => `${one.file}:${String(one.line)}: [${one.pattern}] ${one.sentence}`)).toEqual([]);
  });

  it('has exceptions only for folders with findings', () => {
    const files = PENDING.length === 0 ? [] : findInFolders(PENDING).map((one) => one.file);
    expect(PENDING.filter((folder) => !files.some((file) => file.startsWith(`${folder}/`)))).toEqual([]);
  });

  it('is checked in comments, with the line of the finding', () => {
    const text = ['const port = 1;', '/**', ' * Opens the port.', ' * Of a closed port it does nothing.', ' */'].join(
      '\n',
    );
    expect(findInText('a.ts', text)).toEqual([
      { file: 'a.ts', line: 4, pattern: 'of', sentence: 'Of a closed port it does nothing.' },
    ]);
  });

  it('is checked in string literals and templates of three words or more', () => {
    expect(patternsIn('a.ts', "log('The agent', 'was ' + 'anew', 'the task starts anew');")).toEqual(['archaic']);
    expect(patternsIn('a.ts', 'log(`task ${id} starts anew`);')).toEqual(['archaic']);
  });

  it('is checked in consecutive line comments as one text', () => {
    expect(patternsIn('a.ts', '// The task is\n// told to stop.\nstop();')).toEqual(['speech']);
  });

  it('is checked in declared names, but not in imported ones', () => {
    expect(patternsIn('a.ts', 'export class Turnstile {}')).toEqual(['name']);
    expect(patternsIn('a.ts', "import { Turnstile } from 'other';")).toEqual([]);
  });

  it('is checked in Markdown and in comments of other files', () => {
    expect(patternsIn('a.md', 'Text.\n\n- Whoever reads this.\n\n```\nwhoever\n```\n')).toEqual(['pronoun']);
    expect(patternsIn('a.yaml', 'whoever: 1\n# Retries in vain.\n')).toEqual(['archaic']);
  });

  it('is checked as the examples of docs/STYLE.md show', () => {
    const style = readFileSync('docs/STYLE.md', 'utf8');
    const examples = [...style.matchAll(/^```diff\n([\s\S]*?)^```/gm)].flatMap((block) => block[1]!.split('\n'));
    const lines = (mark: string): readonly string[] =>
      examples.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
    expect(lines('- ').length).toBeGreaterThan(15);
    expect(lines('- ').filter((line) => findInText('a.md', line).length === 0)).toEqual([]);
    expect(lines('+ ').filter((line) => findInText('a.md', line).length > 0)).toEqual([]);
  });

  it('is checked for every name that docs/STYLE.md replaces', () => {
    const style = readFileSync('docs/STYLE.md', 'utf8');
    const rows = /### Glossary: names in code\n([\s\S]*?)\n###/
      .exec(style)![1]!
      .split('\n')
      .filter((row) => row.startsWith('| `'));
    const names = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map((match) => match[1]!));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !patternsIn('a.ts', `const ${name} = 1;`).includes('name'))).toEqual([]);
  });

  it('ignores code, quotations and words that only look alike', () => {
    expect(
      patternsIn('a.md', 'The user `nobody` runs Postgres, and "anew" is a quotation. Of course it works.'),
    ).toEqual([]);
    expect(patternsIn('a.md', 'If there is no task, the manager waits for the question mark.')).toEqual([]);
  });
});
