/**
 * Writes docs/configuration.md from the configuration classes: each setting with its environment variable, its default,
 * its bounds and its doc comment. `npm run docs` writes the page; a test compares it with the classes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import ts from 'typescript';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const PAGE = path.join(ROOT, 'docs', 'configuration.md');

/** The configuration class of each process, in the order of the page. */
const GROUPS = [
  // In the order of docs/ARCHITECTURE.md.
  { title: 'Every process of the control plane', file: 'libs/runtime/src/config.ts', class: 'RuntimeConfig' },
  { title: 'api-gateway', file: 'apps/api-gateway/src/config.ts', class: 'GatewayConfig' },
  { title: 'cluster-manager', file: 'apps/cluster-manager/src/config.ts', class: 'ClusterManagerConfig' },
  { title: 'scheduler', file: 'apps/scheduler/src/config.ts', class: 'SchedulerConfig' },
  { title: 'service-controller', file: 'apps/service-controller/src/config.ts', class: 'ServiceControllerConfig' },
  {
    title: 'load-balancer-registrar',
    file: 'apps/load-balancer-registrar/src/config.ts',
    class: 'RegistrarConfig',
  },
  { title: 'projector', file: 'apps/projector/src/config.ts', class: 'ProjectorConfig' },
  { title: 'agent', file: 'apps/agent/src/config.ts', class: 'AgentConfig' },
];

const INTRODUCTION = `# Configuration

Every setting is an environment variable. A process reads its settings once, when it starts, and exits with a message
that names the variable if a value is not valid. Times are in milliseconds unless the name has another unit (\`Seconds\`,
\`Bytes\`). \`npm start\` passes its environment to all processes; with \`docker/compose.yaml\` the variables belong to the
services. Processes in one environment share the variables of the same name.

\`npm run docs\` generates this page from the configuration classes. Change the doc comments there, not here.
`;

/** Returns the page as text. */
export async function configurationPage() {
  const program = ts.createProgram(
    GROUPS.map(({ file }) => path.join(ROOT, file)),
    { ...compilerOptions(), noEmit: true },
  );
  const checker = program.getTypeChecker();
  const sections = GROUPS.map((group) => {
    const source = program.getSourceFile(path.join(ROOT, group.file));
    const members = membersOf(classIn(source, group.class), checker);
    const rows = members.map((member) => rowOf(member, checker)).join('\n');
    return `## ${group.title}\n\n\`${group.class}\` in \`${group.file}\`.\n\n| Variable | Default | Values | Meaning |\n| --- | --- | --- | --- |\n${rows}\n`;
  });
  const config = await prettier.resolveConfig(PAGE);
  return prettier.format([INTRODUCTION, ...sections].join('\n'), { ...config, parser: 'markdown' });
}

function compilerOptions() {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

function classIn(source, name) {
  const found = source.statements.find((node) => ts.isClassDeclaration(node) && node.name?.text === name);
  if (!found) throw new Error(`${source.fileName} has no class ${name}.`);
  return found;
}

/** The members of a class and of the classes that it extends, its own first. */
function membersOf(declaration, checker) {
  const own = declaration.members.filter(ts.isPropertyDeclaration);
  const base = declaration.heritageClauses?.flatMap(({ types }) => types).map(({ expression }) => expression) ?? [];
  const inherited = base.flatMap((expression) => {
    const symbol = checker.getSymbolAtLocation(expression);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const extended = target?.declarations?.find(ts.isClassDeclaration);
    if (!extended) throw new Error(`The class ${expression.getText()} was not found.`);
    return membersOf(extended, checker);
  });
  return [...own, ...inherited];
}

function rowOf(member, checker) {
  const name = member.name.getText();
  const variable = `STOWAGE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  return `| \`${variable}\` | ${defaultOf(member, checker)} | ${valuesOf(member, checker)} | ${cell(commentOf(member))} |`;
}

function defaultOf(member, checker) {
  const { initializer } = member;
  if (!initializer) return 'none';
  const text = initializer.getText();
  const value = evaluated(initializer, checker);
  return `\`${cell(value === undefined ? text : String(value))}\``;
}

/** The value of a constant expression, so that the page shows 3600000 instead of `HOUR_MS`; undefined if it has none. */
function evaluated(node, checker) {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isAsExpression(node)) return evaluated(node.expression, checker);
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map((element) => evaluated(element, checker));
    return items.includes(undefined) ? undefined : items.join(', ');
  }
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) return valueOfName(node, checker);
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [evaluated(node.left, checker), evaluated(node.right, checker)];
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) return left * right;
  if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) return left + right;
  return undefined;
}

/** Follows a constant, or a member of a constant object, to its initializer, also in another file. */
function valueOfName(node, checker) {
  const symbol = checker.getSymbolAtLocation(node);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  for (const declaration of target?.declarations ?? []) {
    const isConstant = ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration);
    if (isConstant && declaration.initializer) return evaluated(declaration.initializer, checker);
  }
  // A constant with a declared type hides its members: look them up in its initializer.
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const object = initializerOf(node.expression, checker);
  const member = object?.properties.find((property) => property.name?.getText() === node.name.text);
  return member?.initializer && evaluated(member.initializer, checker);
}

/** The object literal that a constant, or a member of one, is initialised with. */
function initializerOf(node, checker) {
  let found;
  if (ts.isIdentifier(node)) {
    const symbol = checker.getSymbolAtLocation(node);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    found = target?.declarations?.find(ts.isVariableDeclaration)?.initializer;
  } else if (ts.isPropertyAccessExpression(node)) {
    const object = initializerOf(node.expression, checker);
    found = object?.properties.find((property) => property.name?.getText() === node.name.text)?.initializer;
  }
  if (!found) return undefined;
  return ts.isObjectLiteralExpression(found) ? found : initializerOf(found, checker);
}

/** The values that the class-validator decorators allow. */
function valuesOf(member, checker) {
  const values = [];
  let [min, max] = ['', ''];
  for (const decorator of ts.getDecorators(member) ?? []) {
    const call = decorator.expression;
    if (!ts.isCallExpression(call)) continue;
    const argument = call.arguments[0];
    const text = argument && cell(String(evaluated(argument, checker) ?? argument.getText()));
    const name = call.expression.getText();
    if (name === 'Min') min = text;
    else if (name === 'Max') max = text;
    else if (name === 'IsInt') values.push('whole number');
    else if (name === 'IsNumber') values.push('number');
    else if (name === 'IsBoolean') values.push('`true` or `false`');
    else if (name === 'IsIn') values.push(`one of ${text.replace(/^\[|\]$/g, '')}`);
    else if (name === 'IsIP') values.push('IP address');
    else if (name === 'IsArray') values.push('comma-separated list');
    else if (name === 'IsObject') values.push('JSON object');
    else if (name === 'Matches') values.push(`matches \`${text}\``);
    else if (name === 'ArrayMaxSize') values.push(`at most ${text} entries`);
  }
  if (min !== '' && max !== '') values.push(`${min} to ${max}`);
  else if (min !== '') values.push(`at least ${min}`);
  else if (max !== '') values.push(`at most ${max}`);
  return values.length > 0 ? values.join(', ') : 'text';
}

function commentOf(member) {
  const [comment] = member.jsDoc ?? [];
  return ts.getTextOfJSDocComment(comment?.comment) ?? '';
}

/** Text for a table cell: one line, without characters that end it. */
const cell = (text) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\|/g, '\\|')
    .trim();

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await configurationPage();
  if (page !== readIfThere(PAGE)) writeFileSync(PAGE, page);
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
