// Reads an API model, with the few members that real clients send and no public model has.
import { readFileSync } from 'node:fs';

/** Members that clients send though the public model lacks them, by structure. */
const AMENDMENTS = {
  // amazon-ecs-agent keeps one token until its registration succeeds (ecs-api 5.2).
  RegisterContainerInstanceRequest: { clientToken: { shape: 'String' } },
};

export function readModel(file) {
  const model = JSON.parse(readFileSync(new URL(`../models/${file}`, import.meta.url), 'utf8'));
  for (const [structure, members] of Object.entries(AMENDMENTS)) {
    if (model.shapes[structure]) Object.assign(model.shapes[structure].members, members);
  }
  return model;
}

/** Names of the shapes that `roots` lead to, each after those it refers to. Throws on a cycle: none is supported. */
export function shapesUnder(model, roots) {
  const done = new Set();
  const visit = (name, above) => {
    if (above.includes(name)) throw new Error(`Recursive shape: ${[...above, name].join(' -> ')}`);
    if (done.has(name)) return;
    for (const target of targetsOf(model.shapes[name])) visit(target, [...above, name]);
    done.add(name);
  };
  for (const root of roots) visit(root, []);
  return [...done];
}

function targetsOf(shape) {
  if (shape.type === 'structure') return Object.values(shape.members).map((member) => member.shape);
  if (shape.type === 'list') return [shape.member.shape];
  if (shape.type === 'map') return [shape.key.shape, shape.value.shape];
  return [];
}
