// Finds sentences that docs/STYLE.md, section "Language", rules out.
//
//   node test/support/language.mjs [FOLDER|FILE...]     prints `file:line: [pattern] sentence`; without arguments, the whole repository
//
// It reads comments, string literals of three words or more (log messages, error texts, test names), Markdown and the
// names that code declares. test/language.spec.ts runs the same check.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process, { argv, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** Subjects and objects of "tell" that are people. */
const PEOPLE = '(?:the |a |an )?(?:users?|readers?|operators?|developers?|administrators?|callers?|clients?|you)';

/**
 * The patterns. `start` patterns apply to the beginning of a sentence; `prose` restricts a pattern to comments and
 * Markdown, because test names and titles are not always full sentences.
 */
const PATTERNS = [
  {
    name: 'speech',
    regex: /\b(says?|saying|said|hears?|heard(?! from)|told|talks? (to|about)|speaks? (to|with|of))\b/i,
  },
  { name: 'speech', regex: new RegExp(`\\btells?\\b(?! ${PEOPLE}\\b)`, 'i') },
  { name: 'speech', regex: /\b(is|are|was|were|be|been|being|gets?|got) asked\b/i },
  { name: 'pronoun', regex: /\b(whoever|whomever|whatever|nobody|somebody|anybody|everybody|no one)\b/i },
  { name: 'clause-subject', prose: true, start: true, regex: /^(What|Who|Whose|Why|Which|How|Whether) [^?]*$/ },
  { name: 'clause-subject', prose: true, start: true, regex: /^That (what|the|an?|it|they|there|no|all|each|every)\b/ },
  { name: 'of', start: true, regex: /^Of (?!course\b)/ },
  { name: 'quantity', regex: /\bso (many|long|late|often|much|few|early|soon)\b/i },
  {
    name: 'archaic',
    regex:
      /\b(anew|heed(s|ed|ing)?|reckon\w*|in vain|for ever|under way|deaf|beside|lest|ere|naught|whence|hither|thither|happenings?|lost sight|loses? sight)\b/i,
  },
  { name: 'private', regex: /\b(a|an|one|each|every|last|next|this|that|the|first|another|per|its|two|of) looks?\b/i },
  { name: 'private', regex: /\blook(s|ed|ing)? at\b/i },
  {
    name: 'private',
    regex: /\bthe books\b|\bits books\b|\bbecomes? of\b|\bbecame of\b|\b(comes?|came) (of|to) (?!an end\b)/i,
  },
  {
    name: 'is-no',
    regex: /(?<!\bthere )\b(is|are|was|were) no (?!(longer|more|less|greater|smaller|better|worse|later|earlier)\b)/i,
  },
  // "can not be blank", "can not be empty" and "can not be converted" are texts of AWS.
  { name: 'glossary', regex: /\bcan not\b(?! be (blank|empty|converted))/i },
  { name: 'glossary', regex: /\b(refus\w+|reject\w+) by name\b/i },
  { name: 'glossary', regex: /\b(seats?|(?<!table )cells?|lanes?|desks?|drills?|rulings?)\b/i },
  { name: 'glossary', regex: /(?<!\bin )\bquestions?\b(?! marks?\b)/i },
  { name: 'glossary', regex: /\bthe way of an? \w+/i },
  { name: 'glossary', regex: /\bruns? of (equal|the same|same|like)\b/i },
  { name: 'glossary', regex: /\b(a|the|its|each|every|own) fronts?\b(?! (of|end|page|proxy))/i },
  {
    name: 'fragment',
    prose: true,
    start: true,
    regex: /^(As|Because|Unless|So that|Until(?! then)|If|When|While|Where|Since|Although|Once|Whenever)\b[^,]*[.:]?$/,
  },
  {
    name: 'fragment',
    prose: true,
    start: true,
    regex: /^(Else|Nor|Than|And|Or|Same|None(?! of))\b/,
  },
];

/** Names that docs/STYLE.md, section "Names in code", replaces. */
const NAMES =
  /^(LookQueue|look|Seat|Cell|Pool|Front|Run|Lane|Lanes|Recollection|JoinDesk|\w+Desk|Saying|told|ruling|drawn|Turnstile|Slots|Gate|InTurn|Coalesced|within|pause|reasonOf|messageOf)$/;

const SKIPPED =
  /^(package-lock\.json$|LICENSE|NOTICE|libs\/aws-api\/models\/|libs\/domain\/src\/(ecs\/|elbv2\/elbv2-)shapes\.ts$|test\/(support\/language\.mjs|language\.spec\.ts)$)|\/generated\//;
const SCRIPT = /\.(ts|mts|tsx|js|mjs|cjs)$/;
const MARKDOWN = /\.md$/;
const HASH = /(\.(sh|ya?ml|conf|tf|nvmrc|editorconfig)|Dockerfile|\.ci\/run|\.gitignore)$/;
const WORDS_MIN = 3;

const blank = (text) => text.replace(/[^\n]/g, ' ');
const noun = (text) => text.replace(/[^\n]/g, 'x').replace(/^x/, 'X');

/** Replaces code, links and abbreviations by text of the same length, so that positions do not change. */
function withoutCode(text) {
  return text
    .replace(/\{@\w+ [^}]*\}/g, noun)
    .replace(/``[^`]*``|`[^`\n]*(\n[^`\n]*)?`/g, noun)
    .replace(/\]\([^)\s]*\)/g, (link) => `]${blank(link.slice(1))}`)
    .replace(/\bhttps?:\/\/\S+/g, noun)
    .replace(/\b(e\.g|i\.e|etc|vs|cf)\./g, (word) => word.replaceAll('.', ' '))
    .replace(/["“][^"“”\n]*(\n[^"“”\n]*)?["”]/g, noun);
}

/** Sentences of a text with their offsets. A blank line, a list item, a table cell and a tag also end a sentence. */
function sentencesOf(text) {
  const ends = /[.!?]["')\]]*(?=\s|$)|\n\s*\n|\n\s*(?:[-*+]|\d+\.)\s|\||@\w+|^#+.*$|\s-\s/gm;
  const found = [];
  let from = 0;
  for (const end of text.matchAll(ends)) {
    found.push({ from, text: text.slice(from, end.index + 1) });
    from = end.index + end[0].length;
    if (/[.!?]/.test(end[0][0])) found.at(-1).text = text.slice(found.at(-1).from, from);
  }
  found.push({ from, text: text.slice(from) });
  return found.flatMap((one) => {
    const lead = /^[\s*_#>|()[\]-]*/.exec(one.text)[0].length;
    const sentence = one.text.slice(lead);
    return sentence.trim() === '' ? [] : [{ from: one.from + lead, text: sentence }];
  });
}

/** Findings in one unit of text: `prose` for comments and Markdown, otherwise a string literal. */
function check(unit) {
  const masked = withoutCode(unit.text);
  const found = [];
  for (const sentence of sentencesOf(masked)) {
    const flat = sentence.text.replace(/\s/g, ' ');
    for (const pattern of PATTERNS) {
      if (pattern.prose === true && !unit.prose) continue;
      if (pattern.start === true && flat.trim().split(/\s+/).length < WORDS_MIN) continue;
      const hit = pattern.regex.exec(pattern.start === true ? flat.trimEnd() : flat);
      if (hit === null) continue;
      const original = unit.text.slice(sentence.from, sentence.from + sentence.text.length);
      const line = unit.line + unit.text.slice(0, sentence.from + hit.index).split('\n').length - 1;
      found.push({ line, pattern: pattern.name, sentence: original.replace(/\s+/g, ' ').trim() });
      break;
    }
  }
  return found;
}

/** Returns the comment's text without its marks, with every line at its place. */
const withoutMarks = (comment) => comment.replace(/^\/\*+|\*+\/$/g, blank).replace(/^[ \t]*(\*(?!\*)|\/\/+)/gm, blank);

/** Comments, long string literals and declared names of a script. */
function unitsOfScript(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineAt = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const units = [];
  const names = [];
  const comments = new Map();
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isJsxText(node)) {
      const literal = node.getText(source).replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, noun);
      if (!ts.isImportDeclaration(node.parent) && literal.trim().split(/\s+/).length >= WORDS_MIN)
        units.push({
          prose: false,
          line: lineAt(node.getStart(source)),
          text: literal.slice(1, -1).replace(/\\n/g, '. '),
        });
    }
    if (isDeclaration(node) && ts.isIdentifier(node.name) && NAMES.test(node.name.text))
      names.push({ line: lineAt(node.name.getStart(source)), pattern: 'name', sentence: node.name.text });
    const children = node.getChildren(source).filter((child) => !isJsDoc(child));
    if (children.length === 0)
      for (const range of [
        ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
        ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
      ])
        comments.set(range.pos, range);
    children.forEach(visit);
  };
  visit(source);
  for (const block of joined(
    [...comments.values()].sort((a, b) => a.pos - b.pos),
    text,
  ))
    units.push({ prose: true, line: lineAt(block.pos), text: withoutMarks(text.slice(block.pos, block.end)) });
  return { units, names };
}

const isJsDoc = (node) => node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode;

/**
 * Returns true if the node declares a name: a type, a function, a member, a variable or a parameter, but not an import.
 */
const isDeclaration = (node) =>
  node.name !== undefined &&
  (ts.isClassDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node));

/** Line comments on consecutive lines are one text. */
function joined(ranges, text) {
  const blocks = [];
  for (const range of ranges) {
    const last = blocks.at(-1);
    const between = last === undefined ? 'x' : text.slice(last.end, range.pos);
    const lines = range.kind === ts.SyntaxKind.SingleLineCommentTrivia;
    if (last?.lines === true && lines && /^[ \t]*\r?\n[ \t]*$/.test(between)) last.end = range.end;
    else blocks.push({ pos: range.pos, end: range.end, lines });
  }
  return blocks;
}

function unitsOf(file, text) {
  if (SCRIPT.test(file)) return unitsOfScript(file, text);
  if (MARKDOWN.test(file)) {
    const prose = text.replace(/^(```|~~~)[\s\S]*?^\1\s*$/gm, blank).replace(/^#+.*$/gm, blank);
    return { units: [{ prose: true, line: 1, text: prose }], names: [] };
  }
  const comments = text.replace(/^(?![ \t]*#(?!!)).*$/gm, blank).replace(/^[ \t]*#+/gm, blank);
  return { units: [{ prose: true, line: 1, text: comments }], names: [] };
}

/** Returns the sentences of one file that break the rules, in the order of their lines. */
export function findInText(file, text) {
  const { units, names } = unitsOf(file, text);
  return [...units.flatMap(check), ...names].map((found) => ({ file, ...found })).sort((a, b) => a.line - b.line);
}

/**
 * Returns the sentences below the folders (or in the files) that break the rules. Without arguments, of the whole
 * repository.
 */
export function findInFolders(folders) {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...folders];
  return execFileSync('git', list, { encoding: 'utf8' })
    .split('\n')
    .filter((file) => (SCRIPT.test(file) || MARKDOWN.test(file) || HASH.test(file)) && !SKIPPED.test(file))
    .filter((file) => existsSync(file))
    .flatMap((file) => findInText(file, readFileSync(file, 'utf8')));
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const found = findInFolders(argv.slice(2));
  for (const one of found)
    stdout.write(`${one.file}:${String(one.line)}: [${one.pattern}] ${one.sentence.slice(0, 220)}\n`);
  // exit() would lose output that the pipe has not taken yet.
  process.exitCode = found.length === 0 ? 0 : 1;
}
