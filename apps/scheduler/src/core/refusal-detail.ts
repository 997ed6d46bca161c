import type { Unfit } from './placement-request';

type Refused = Pick<Unfit, 'rule' | 'reason' | 'asked' | 'there'>;

/**
 * Returns the requirement that an instance does not meet and the instance's own value, for `failures` of RunTask and
 * StartTask. Returns undefined for a status, because the reason already contains it.
 */
export function refusalDetail(refused: Refused): string | undefined {
  if (refused.rule === 'status') return undefined;
  const actual = actualValue(refused);
  return actual === undefined ? requirement(refused) : `${requirement(refused)} ${actual}`;
}

/**
 * Returns the requirement that an instance does not meet. The text does not contain free amounts, so that a service event
 * is not repeated when they change.
 */
export function requirement({ rule, reason, asked }: Refused): string {
  switch (rule) {
    case 'status':
      return 'The container instance must be ACTIVE.';
    case 'agent':
      return 'The container agent must be connected.';
    case 'launch-type':
      return `The task requires the launch type ${String(asked)}.`;
    case 'attributes':
      return `The container instance lacks: ${String(asked)}.`;
    case 'member-of':
      return `The container instance does not match: ${String(asked)}.`;
    case 'distinct-instance':
      return `The placement constraint distinctInstance requires an instance with ${String(asked)}.`;
    case 'resources':
      return `The task requires ${amount(reason, asked)}.`;
  }
}

function actualValue({ rule, reason, there }: Refused): string | undefined {
  switch (rule) {
    case 'agent':
      return `It is ${String(there)}.`;
    case 'launch-type':
      return `The container instance has the launch type ${String(there)}.`;
    case 'attributes':
      return there === '' ? undefined : `It has: ${String(there)}.`;
    case 'member-of':
    case 'status':
      return undefined;
    case 'distinct-instance':
      return `It has ${String(there)}.`;
    case 'resources':
      return reason === 'RESOURCE:PORTS' ? `Ports ${String(there)}.` : `Free: ${amount(reason, there)}.`;
  }
}

function amount(reason: Unfit['reason'], value: Unfit['asked']): string {
  switch (reason) {
    case 'RESOURCE:CPU':
      return `${String(value)} CPU units`;
    case 'RESOURCE:MEMORY':
      return `${String(value)} MiB of memory`;
    case 'RESOURCE:GPU':
      return `${String(value)} GPUs`;
    default:
      return `the host ports ${String(value)}`;
  }
}
