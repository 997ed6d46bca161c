import { invalidParameter } from '../refusal';

const LENGTH_MAX = 32;

/** @throws Refusal if the name is not valid for a load balancer or a target group (ecs-api 6.2). */
export function checkElbName(kind: 'load balancer' | 'target group', name: string): void {
  if (name.length > LENGTH_MAX) {
    throw invalidParameter(`The ${kind} name '${name}' cannot be longer than '${String(LENGTH_MAX)}' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw invalidParameter(
      `The ${kind} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  }
  if (name.startsWith('-') || name.endsWith('-')) {
    throw invalidParameter(`The ${kind} name '${name}' cannot begin or end with a hyphen(-)`);
  }
  if (kind === 'load balancer' && name.startsWith('internal-')) {
    throw invalidParameter(`The load balancer name '${name}' cannot begin with 'internal-'`);
  }
}
