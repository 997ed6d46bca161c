import { type Ecs, invalidParameter, Refusal } from '@stowage/domain';

/** ecs-api 4.3. */
const STRATEGIES_MAX = 5;
const CONSTRAINTS_MAX = 10;
const BINPACK_FIELDS: readonly string[] = ['cpu', 'memory'];

/** Nothing that a caller asked for is dropped in silence: what is not there yet is refused by its name. */
export function unsupported(what: string): Refusal {
  return new Refusal('UnsupportedFeatureException', `${what} is not supported yet.`);
}

/** Placement strategies as far as they exist: `random`, which is also what happens without one. @throws Refusal */
export function checkStrategies(strategies: readonly Ecs.PlacementStrategy[]): void {
  if (strategies.length > STRATEGIES_MAX) throw invalidParameter(`Maximum number of strategies is ${STRATEGIES_MAX}`);
  for (const { type, field } of strategies) {
    if (type === undefined) throw invalidParameter('Placement strategy type should be specified');
    if (type === 'random' && field !== undefined) throw invalidParameter('random field should not be specified');
    if (type === 'binpack' && !BINPACK_FIELDS.includes((field ?? '').toLowerCase())) {
      throw invalidParameter(`binpack field '${field ?? ''}' is invalid`);
    }
    if (type !== 'random') throw unsupported(`Placement strategy '${type}'`);
  }
}

/** Placement constraints, of a request or of a definition: checked, and refused, for there are none yet. @throws Refusal */
export function checkConstraints(
  constraints: readonly (Ecs.PlacementConstraint | Ecs.TaskDefinitionPlacementConstraint)[],
): void {
  if (constraints.length > CONSTRAINTS_MAX) {
    throw invalidParameter(`Maximum number of constraints is ${CONSTRAINTS_MAX}`);
  }
  for (const { type, expression } of constraints) {
    if (type === undefined) throw invalidParameter('Placement constraint type should be specified');
    if (type === 'distinctInstance' && expression !== undefined) {
      throw invalidParameter('distinctInstance expression should not be specified');
    }
    throw unsupported(`Placement constraint '${type}'`);
  }
}
