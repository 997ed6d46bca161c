import type { DomainEvent } from '@stowage/domain';
import { UnknownEvent } from '../read-model-errors';

/** Every event that `applyEvent` knows, and its newest version. A type that is missing here does not compile. */
const KNOWN: Readonly<Record<DomainEvent['type'], number>> = {
  JournalOpened: 1,
  ClusterCreated: 1,
  ClusterUpdated: 1,
  ClusterDeleted: 1,
  ClusterTagsSet: 1,
  InstanceRegistered: 1,
  InstanceReregistered: 1,
  InstanceStatusChanged: 1,
  InstanceDeregistered: 1,
  InstanceConnectionChanged: 1,
  InstanceAttributesSet: 1,
  InstanceTagsSet: 1,
  TasksPlaced: 1,
  TaskStopRequested: 1,
  TaskProgressed: 1,
  TaskStopped: 1,
  TasksGivenUp: 1,
  TaskTagsSet: 1,
  TaskDefinitionRegistered: 1,
  TaskDefinitionDeregistered: 1,
  TaskDefinitionDeletionRequested: 1,
  TaskDefinitionDeleted: 1,
  TaskDefinitionTagsSet: 1,
  AccountSettingPut: 1,
  AccountSettingDeleted: 1,
  PrincipalCreated: 1,
  AccessKeyCreated: 1,
  AccessKeyDeleted: 1,
  JoinTokenCreated: 1,
  JoinTokenUsed: 1,
};

/** Newer code may have written to this journal: what it wrote is not skipped but refused. @throws UnknownEvent */
export function assertKnown({ type, version }: DomainEvent, sequence: number): void {
  if (Object.hasOwn(KNOWN, type) && version <= KNOWN[type]) return;
  throw new UnknownEvent(`Event ${sequence} is a ${type} of version ${version}, which this version does not know.`);
}
