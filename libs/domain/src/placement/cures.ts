import type { DomainEvent } from '../state/events';

/** Events that can cure a refusal: after one of them an instance may take what it did not take before. */
export type CuringEvent = Extract<
  DomainEvent['type'],
  | 'InstanceRegistered'
  | 'InstanceReregistered'
  | 'InstanceRecovered'
  | 'InstanceAttributesSet'
  | 'InstanceStatusChanged'
  | 'InstanceConnectionChanged'
  | 'TasksPlaced'
  | 'TaskProgressed'
  | 'TaskStopped'
  | 'TasksGivenUp'
>;

/** An instance that comes cures every refusal: refusals only speak of those that were there. */
export const NEW_INSTANCES: readonly CuringEvent[] = ['InstanceRegistered', 'InstanceStatusChanged'];

/** As what the event may cure a refusal; undefined when it cures none. */
export function curingEvent(event: DomainEvent): CuringEvent | undefined {
  switch (event.type) {
    case 'InstanceRegistered':
    case 'InstanceReregistered':
    case 'InstanceRecovered':
    case 'InstanceAttributesSet':
    case 'TasksPlaced':
    case 'TaskProgressed':
    case 'TaskStopped':
    case 'TasksGivenUp':
      return event.type;
    case 'InstanceStatusChanged':
      return event.status === 'ACTIVE' ? event.type : undefined;
    case 'InstanceConnectionChanged':
      return event.connected ? event.type : undefined;
    default:
      return undefined;
  }
}
