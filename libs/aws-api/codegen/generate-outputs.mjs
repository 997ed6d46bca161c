// Writes libs/aws-api/src/generated/<service>-outputs.ts: the shapes of a Query service's responses, by which the XML
// encoder distinguishes lists from structures. AWS JSON does not need them.
import { shapesUnder } from '../../domain/codegen/model.mjs';
import { headOf, write } from '../../domain/codegen/output.mjs';

const constantOf = (name) => `${name[0].toLowerCase()}${name.slice(1)}Output`;

export function generateOutputs({ model, service, owners }) {
  const roots = Object.keys(owners).map((name) => model.operations[name].output.shape);
  const structures = shapesUnder(model, [...new Set(roots)]).filter((name) => model.shapes[name].type === 'structure');
  const lines = [...headOf('libs/aws-api/codegen'), "import * as shape from '../model/shape';", ''];
  for (const name of structures) {
    lines.push(`const ${constantOf(name)} = shape.structure('${name}', Object, {`);
    for (const [member, { shape }] of Object.entries(model.shapes[name].members)) {
      lines.push(`  ${member}: ${shapeOf(model, shape)},`);
    }
    lines.push('});');
  }
  lines.push('', `export const ${service.toUpperCase()}_OUTPUTS: Readonly<Record<string, shape.StructureShape>> = {`);
  for (const name of Object.keys(owners)) lines.push(`  ${name}: ${constantOf(model.operations[name].output.shape)},`);
  lines.push('};');
  write(`libs/aws-api/src/generated/${service}-outputs.ts`, lines);
}

function shapeOf(model, name) {
  const shape = model.shapes[name];
  if (shape.type === 'structure') return constantOf(name);
  if (shape.type === 'list') return `shape.list(${shapeOf(model, shape.member.shape)})`;
  if (shape.type === 'map') return `shape.map(${shapeOf(model, shape.value.shape)})`;
  return `shape.${shape.type === 'float' ? 'double' : shape.type}`;
}
