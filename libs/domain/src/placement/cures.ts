import type { DomainEvent } from '../state/events';

/** Events after which an instance may accept a task that it rejected before. */
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

/** A new instance can end every rejection, because rejections only cover the instances that existed. */
export const NEW_INSTANCES: readonly CuringEvent[] = ['InstanceRegistered', 'InstanceStatusChanged'];

/** Returns the type of the event if it may end a rejection, otherwise undefined. */
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
