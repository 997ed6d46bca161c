import type * as Ecs from '../ecs/shapes';
import { clusterQuery } from '../query-language/cluster-query';
import { invalidParameter } from '../refusal';

/** Limits of one request (ecs-api 4.3). */
export const PLACEMENT_STRATEGIES_MAX = 5;
export const PLACEMENT_CONSTRAINTS_MAX = 10;

type Constraint = Ecs.PlacementConstraint | Ecs.TaskDefinitionPlacementConstraint;

/** @throws Refusal in ECS's words if strategies are not valid (ecs-api 5.6.3). */
export function checkPlacementStrategies(strategies: readonly Ecs.PlacementStrategy[]): void {
  if (strategies.length > PLACEMENT_STRATEGIES_MAX) {
    throw invalidParameter(`Maximum number of strategies is ${PLACEMENT_STRATEGIES_MAX}`);
  }
  for (const { type, field = '' } of strategies) {
    switch (type) {
      case undefined:
        throw invalidParameter('Placement strategy type should be specified');
      case 'random':
        if (field !== '') throw invalidParameter('random field should not be specified');
        break;
      case 'binpack':
        if (!['cpu', 'memory'].includes(field.toLowerCase())) {
          throw invalidParameter(`binpack field '${field}' is invalid`);
        }
        break;
      case 'spread':
        if (!isSpreadField(field)) throw invalidParameter(`spread field '${field}' is invalid`);
        break;
      default:
        throw invalidParameter('Placement strategy type should be one of [random,spread,binpack]');
    }
  }
}

function isSpreadField(field: string): boolean {
  return field === 'instanceId' || field === 'host' || /^(attribute:)?[A-Za-z0-9\-_./\\]{1,128}$/.test(field);
}

/** @throws Refusal if constraints are not valid. The error for an expression contains the position of the mistake. */
export function checkPlacementConstraints(constraints: readonly Constraint[]): void {
  if (constraints.length > PLACEMENT_CONSTRAINTS_MAX) {
    throw invalidParameter(`Maximum number of constraints is ${PLACEMENT_CONSTRAINTS_MAX}`);
  }
  for (const { type, expression } of constraints) {
    switch (type) {
      case undefined:
        throw invalidParameter('Placement constraint type should be specified');
      case 'distinctInstance':
        if (expression !== undefined) throw invalidParameter('distinctInstance expression should not be specified');
        break;
      case 'memberOf':
        if (!expression) throw invalidParameter('memberOf expression should be specified');
        clusterQuery(expression);
        break;
      default:
        throw invalidParameter('Placement constraint type should be one of [distinctInstance,memberOf]');
    }
  }
}
