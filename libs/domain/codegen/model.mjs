// Reads an API model and adds the few members that clients send although no public model has them.
import { readFileSync } from 'node:fs';

/** Members that clients send although the public model lacks them, by structure. */
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

/**
 * Returns the names of the shapes that `roots` refer to, each after its own references. Throws on a cycle, which is not
 * supported.
 */
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
