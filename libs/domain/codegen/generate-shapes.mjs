// Writes libs/domain/src/<service>/shapes.ts: one readonly interface per structure of the API model, so that the domain
// uses AWS's names without an import.
import { headOf, write } from './output.mjs';

const SCALARS = {
  string: 'string',
  integer: 'number',
  long: 'number',
  double: 'number',
  float: 'number',
  boolean: 'boolean',
};

/** Returns the TypeScript type of a shape. Timestamps are seconds since the epoch, as in the protocol. */
function typeOf(model, name) {
  const shape = model.shapes[name];
  if (shape.enum) return shape.enum.map((value) => `'${value}'`).join(' | ');
  if (shape.type === 'structure') return shape.exception ? 'never' : name;
  if (shape.type === 'list') {
    const member = typeOf(model, shape.member.shape);
    return member.includes('|') ? `readonly (${member})[]` : `readonly ${member}[]`;
  }
  if (shape.type === 'map') return `Readonly<Record<string, ${typeOf(model, shape.value.shape)}>>`;
  if (shape.type === 'timestamp') return 'number';
  return SCALARS[shape.type];
}

/** Returns all structures of a model. */
export function generateShapes(model, service) {
  const lines = [...headOf('libs/domain/codegen'), ''];
  for (const name of Object.keys(model.shapes).sort()) {
    const shape = model.shapes[name];
    if (shape.type !== 'structure' || shape.exception) continue;
    lines.push(`export interface ${name} {`);
    for (const [member, { shape: target }] of Object.entries(shape.members)) {
      const required = (shape.required ?? []).includes(member);
      lines.push(`  readonly ${member}${required ? '' : '?'}: ${typeOf(model, target)};`);
    }
    lines.push('}', '');
  }
  write(`libs/domain/src/${service}/shapes.ts`, lines);
}
