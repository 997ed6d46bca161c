import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
const pages = files.filter((file) => file.endsWith('.md'));
const sources = files.filter(
  (file) => /\.(md|ts|mts|js|mjs|cjs|sh|yaml)$/.test(file) && !/\/generated\/|^libs\/aws-api\/models\//.test(file),
);
const ECS_API = pages.filter((page) => /^docs\/ecs-api(\.md$|\/)/.test(page));

const textOf = (file: string): string => readFileSync(file, 'utf8');
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** A comment's text on one line, so that a citation may be wrapped. */
const unwrapped = (text: string): string => text.replace(/\s*\n\s*(\*|\/\/|#)?\s*/g, ' ');

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

const headingsOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/^#+\s+(.*)$/gm)].map((match) => match[1]!);

/** Section numbers that a text cites: "ecs-api 5.6.3", "ecs-api 5.2, 5.3", "ecs-api 5.4.3 and 8". */
function citedSections(text: string): readonly string[] {
  const number = String.raw`\d+(?:\.\d+)*`;
  const citation = new RegExp(String.raw`ecs-api(?:\.md)?\s+(${number}(?:(?:,| and)\s+${number}(?![\w%]))*)`, 'g');
  return [...unwrapped(text).matchAll(citation)].flatMap((match) => match[1]!.match(new RegExp(number, 'g')) ?? []);
}

/** Relative links of a page whose file or heading does not exist. */
function brokenLinks(page: string): readonly string[] {
  const links = [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path, anchor] = link.split('#') as [string, string | undefined];
    const target = path === '' ? page : join(dirname(page), path);
    if (statSync(target, { throwIfNoEntry: false }) === undefined) return true;
    return anchor !== undefined && !headingsOf(target).map(anchorOf).includes(anchor);
  });
}

describe('the documentation', () => {
  it('has every section of docs/ecs-api.md that the repository cites', () => {
    const sections = new Set(ECS_API.flatMap(headingsOf).map((heading) => heading.split(' ')[0]));
    const cited = sources.flatMap((file) => citedSections(textOf(file)).map((section) => ({ file, section })));
    expect(cited.length).toBeGreaterThan(100);
    expect(cited.filter(({ section }) => !sections.has(section))).toEqual([]);
  });

  it('cites sections across line breaks and in lists', () => {
    expect(citedSections('(ecs-api 4.3, 4.4, 5) /**\n * See ecs-api\n * 5.6.3.\n */')).toEqual([
      '4.3',
      '4.4',
      '5',
      '5.6.3',
    ]);
  });

  it('numbers each section of the ECS API once', () => {
    const numbers = ECS_API.flatMap(headingsOf)
      .map((heading) => heading.split(' ')[0]!)
      .filter((word) => /^\d/.test(word));
    expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([]);
  });

  it('has only relative links that lead to a file and a heading', () => {
    expect(pages.flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`))).toEqual([]);
  });

  it('exists for every page that the code names', () => {
    const named = sources.flatMap((file) =>
      [...textOf(file).matchAll(/(?<![\w/.])docs\/[\w/-]+(?:\.md)?/g)].map((match) => ({ file, page: match[0] })),
    );
    const known = (page: string): boolean =>
      files.some(
        (file) => file === page || file.startsWith(`${page.replace(/\/$/, '')}/`) || file.startsWith(`${page}-`),
      );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ page }) => !known(page))).toEqual([]);
  });

  it('lists every decision with its title, date and status', () => {
    const decisions = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
    const index = textOf('docs/decisions/README.md').replace(/ +/g, ' ');
    const rows = decisions.map((page) => {
      const name = page.replace('docs/decisions/', '');
      const number = name.slice(0, 4);
      const title = new RegExp(`^# ${number}: (.*)$`, 'm').exec(textOf(page))?.[1] ?? 'without a title';
      const [, date, status] = /^Date: (\d{4}-\d\d-\d\d)\. Status: (\w+)/m.exec(textOf(page)) ?? [];
      return `| [${number}](${name}) | ${title} | ${String(date)} | ${String(status)} |`;
    });
    expect(decisions.length).toBeGreaterThan(10);
    expect(rows.filter((row) => !index.includes(row))).toEqual([]);
  });

  it('cites no document that is not in the repository', () => {
    const design = /\bdesign\.md\b|\(?\bdesign, (section|invariants?)\b|\bcompanions\b|\bThe design \(section/;
    const others = sources.filter((file) => file !== 'test/docs.spec.ts');
    expect(others.filter((file) => design.test(unwrapped(textOf(file))))).toEqual([]);
  });
});
