// Writes libs/aws-api/src/generated/<service>-inputs.ts (a class per input structure with checks by class-validator,
// and the shape for decoding) and <service>-operations.ts (the table of operations).
import { isAbsentWhenBlank } from './blanks.mjs';
import { shapesUnder } from '../../domain/codegen/model.mjs';
import { headOf, write } from '../../domain/codegen/output.mjs';
import { RULES } from './rules.mjs';

const HEADER = headOf('libs/aws-api/codegen');
const TYPES = {
  string: 'string',
  integer: 'number',
  long: 'number',
  double: 'number',
  float: 'number',
  boolean: 'boolean',
  timestamp: 'number',
};
const quote = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const constantOf = (name) => `${name[0].toLowerCase()}${name.slice(1)}Shape`;

const CHECKS_IMPORT = "import * as must from '../validation/decorators';";

/** Generates one service's inputs. `implementing`: the namespace of the interfaces that the classes implement. */
export function generateInputs({ model, service, owners, implementing }) {
  const roots = Object.keys(owners).map((name) => model.operations[name].input.shape);
  const structures = shapesUnder(model, [...new Set(roots)]).filter((name) => model.shapes[name].type === 'structure');
  const lines = [
    ...HEADER,
    `import type { ${implementing} } from '@stowage/domain';`,
    "import * as shape from '../model/shape';",
    CHECKS_IMPORT,
    '',
  ];
  if (!implementing) lines.splice(2, 1);
  for (const name of structures) lines.push(...classOf(model, name, implementing), '');
  // A service whose inputs need no checks imports none.
  const hasChecks = lines.some((line) => line.includes('@must.'));
  if (!hasChecks) lines.splice(lines.indexOf(CHECKS_IMPORT), 1);
  write(`libs/aws-api/src/generated/${service}-inputs.ts`, lines);
}

function classOf(model, name, implementing) {
  const { members, required = [] } = model.shapes[name];
  const lines = [`export class ${name}${implementing ? ` implements ${implementing}.${name}` : ''} {`];
  for (const [member, { shape }] of Object.entries(members)) {
    const isRequired = required.includes(member);
    lines.push(
      ...decoratorsOf(model, `${name}.${member}`, shape, isRequired).map((decorator) => `  @must.${decorator}`),
    );
    lines.push(`  readonly ${member}${isRequired ? '!' : '?'}: ${typeOf(model, shape)};`);
  }
  lines.push('}');
  lines.push(`export const ${constantOf(name)} = shape.structure('${name}', ${name}, {`);
  for (const [member, { shape }] of Object.entries(members)) lines.push(`  ${member}: ${shapeOf(model, shape)},`);
  const blank = Object.keys(members).filter((member) => isAbsentWhenBlank(model, name, member));
  lines.push(blank.length > 0 ? `}, [${blank.map(quote).join(', ')}]);` : '});');
  return lines;
}

/**
 * Returns the checks of one member. The decoder checks types. A member without checks gets no decorator, which is
 * faster.
 */
function decoratorsOf(model, path, target, isRequired) {
  const shape = model.shapes[target];
  const rule = RULES[path] ?? {};
  const checks = [
    ...(holdsChecks(model, target) ? ['Nested()'] : []),
    ...(rule.json ? [`JsonLength(${rule.json})`] : []),
    ...scalarChecks(shape, rule, ''),
    ...listChecks(model, shape, rule),
  ];
  // Decorators run from the last to the first: the check for presence comes before the others.
  if (isRequired && rule.mayBeBlank) return [...checks, 'Given()'];
  if (isRequired) return [...checks, `Present(${rule.blank ? quote(rule.blank) : ''})`];
  return checks.length === 0 ? [] : ['Optional()', ...checks];
}

function listChecks(model, shape, rule) {
  if (shape.type !== 'list') return [];
  const max = rule.itemsMax ?? shape.max;
  const checks = max === undefined ? [] : [`ItemsMax(${max}${rule.itemsText ? `, ${quote(rule.itemsText)}` : ''})`];
  const entry = model.shapes[shape.member.shape];
  return entry.type === 'string' ? [...checks, ...scalarChecks(entry, {}, 'Each')] : checks;
}

function scalarChecks(shape, rule, prefix) {
  const checks = [];
  if (shape.type === 'string') {
    const values = rule.oneOf === false ? undefined : (rule.oneOf ?? shape.enum);
    if (values) checks.push(oneOf(values, rule, prefix));
    const [min, max] = rule.length ?? [shape.min ?? 0, shape.max];
    if (max !== undefined) checks.push(`${prefix}Length(${min}, ${max})`);
    const pattern = rule.pattern ?? shape.pattern;
    if (pattern) checks.push(`${prefix}Pattern(/^(?:${pattern.replaceAll('/', '\\/')})$/u)`);
  }
  if (['integer', 'long', 'double', 'float'].includes(shape.type)) {
    const [min, max] = rule.range ?? [shape.min, shape.max];
    if (max !== undefined) checks.push(`Range(${min}, ${max})`);
  }
  return checks;
}

function oneOf(values, rule, prefix) {
  const texts = rule.oneOfText ? [quote(rule.oneOfText), ...(rule.oneOfCode ? [quote(rule.oneOfCode)] : [])] : [];
  return `${prefix}OneOf(${[`[${values.map(quote).join(', ')}]`, ...texts].join(', ')})`;
}

/** Returns true if a structure, or a list of structures, has checks at any level. */
function holdsChecks(model, name) {
  const shape = model.shapes[name];
  if (shape.type === 'list') return holdsChecks(model, shape.member.shape);
  if (shape.type !== 'structure') return false;
  const required = shape.required ?? [];
  return Object.entries(shape.members).some(
    ([member, { shape: target }]) =>
      decoratorsOf(model, `${name}.${member}`, target, required.includes(member)).length > 0,
  );
}

function typeOf(model, name) {
  const shape = model.shapes[name];
  if (shape.enum) return shape.enum.map(quote).join(' | ');
  if (shape.type === 'structure') return name;
  if (shape.type === 'list') {
    const member = typeOf(model, shape.member.shape);
    return member.includes('|') ? `readonly (${member})[]` : `readonly ${member}[]`;
  }
  if (shape.type === 'map') return `Readonly<Record<string, ${typeOf(model, shape.value.shape)}>>`;
  return TYPES[shape.type];
}

function shapeOf(model, name) {
  const shape = model.shapes[name];
  if (shape.type === 'structure') return constantOf(name);
  if (shape.type === 'list') return `shape.list(${shapeOf(model, shape.member.shape)})`;
  if (shape.type === 'map') return `shape.map(${shapeOf(model, shape.value.shape)})`;
  if (!TYPES[shape.type]) throw new Error(`No decoder for ${shape.type} (${name}).`);
  return `shape.${shape.type === 'float' ? 'double' : shape.type}`;
}

/** Generates the table of all operations in the model. Operations without an owner are not implemented. */
export function generateOperations({ model, service, owners, clientExceptions = [] }) {
  const names = Object.keys(model.operations).sort();
  const lines = [
    ...HEADER,
    "import type { Operation } from '../model/operation';",
    ...(Object.keys(owners).length > 0 ? [`import * as inputs from './${service}-inputs';`] : []),
    '',
    `export const ${service.toUpperCase()}_OPERATIONS: readonly Operation[] = [`,
  ];
  for (const name of names) {
    const owner = owners[name];
    if (!owner) {
      lines.push(`  { service: '${service}', name: '${name}' },`);
      continue;
    }
    const code = clientExceptions.includes(name) ? 'ClientException' : 'InvalidParameterException';
    const input = `inputs.${constantOf(model.operations[name].input.shape)}`;
    lines.push(`  { service: '${service}', name: '${name}', owner: '${owner}', input: ${input}, refusal: '${code}' },`);
  }
  lines.push('];');
  write(`libs/aws-api/src/generated/${service}-operations.ts`, lines);
}
