import { describe, expect, it } from 'vitest';
import { clusterCreated, instanceRegistered, taskDefinitionRegistered, tasksPlaced } from '../testing/events';
import { given, stateOf, T0 } from '../testing/given';
import { taskId } from '../ids';
import {
  decideDeleteTaskDefinitions,
  decideDeregisterTaskDefinition,
  decideFinishDeletion,
  deletableRevisions,
  DELETION_FAILURES,
} from './retire-task-definition';

const ref = { family: 'web', revision: 1 };
const registered = taskDefinitionRegistered('web', 1);
const deregistered = { type: 'TaskDefinitionDeregistered', version: 1, ...ref } as const;
const requested = { type: 'TaskDefinitionDeletionRequested', version: 1, ...ref } as const;

describe('DeregisterTaskDefinition', () => {
  it('makes a revision INACTIVE once', () => {
    given(registered)
      .when((state) => decideDeregisterTaskDefinition(state, ref))
      .then(deregistered);
    given(registered, deregistered)
      .when((state) => decideDeregisterTaskDefinition(state, ref))
      .thenRefused('ClientException', 'The specified task definition is inactive.');
    given()
      .when((state) => decideDeregisterTaskDefinition(state, ref))
      .thenRefused('ClientException', 'Unable to describe task definition.');
  });
});

describe('DeleteTaskDefinitions', () => {
  it('starts the deletion of INACTIVE revisions and returns the reason for each failure', () => {
    const active = taskDefinitionRegistered('web', 2);
    given(registered, deregistered, active)
      .when((state) => {
        const decision = decideDeleteTaskDefinitions(state, [
          ref,
          undefined,
          { family: 'web', revision: 2 },
          { family: 'web', revision: 3 },
          ref,
        ]);
        expect(decision.outcomes).toEqual([
          { deleting: true, ref },
          { deleting: false, reason: DELETION_FAILURES.invalid },
          { deleting: false, reason: DELETION_FAILURES.active },
          { deleting: false, reason: DELETION_FAILURES.unknown },
          { deleting: true, ref },
        ]);
        return decision;
      })
      .then(requested);
  });

  it('emits no event for a revision that is being deleted', () => {
    given(registered, deregistered, requested)
      .when((state) => decideDeleteTaskDefinitions(state, [ref]))
      .then();
  });
});

describe('the end of a deletion', () => {
  const history = [registered, deregistered, requested];
  const later = T0 + 1;
  const used = [clusterCreated('shop'), instanceRegistered('shop', 'i1'), tasksPlaced('shop', 'i1', ['t1'])];

  it('happens when no task refers to the revision any more', () => {
    given(...history)
      .when((state) => decideFinishDeletion(state, ref, later))
      .then({ type: 'TaskDefinitionDeleted', version: 1, ...ref });
    const { cluster, instance } = used[2] as ReturnType<typeof tasksPlaced>;
    const stopped = {
      type: 'TaskStopped',
      version: 1,
      cluster,
      instance,
      task: taskId('t1'),
      containers: [],
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    } as const;
    given(...history, ...used)
      .when((state) => decideFinishDeletion(state, ref, later))
      .then();
    given(...history, ...used, stopped)
      .when((state) => decideFinishDeletion(state, ref, later))
      .then({ type: 'TaskDefinitionDeleted', version: 1, ...ref });
  });

  it('happens only after the longest possible time of a placement in progress', () => {
    given(...history)
      .when((state) => decideFinishDeletion(state, ref, T0))
      .then();
  });

  it('happens only for revisions with a requested deletion', () => {
    expect(deletableRevisions(stateOf(history), later)).toEqual([ref]);
    expect(deletableRevisions(stateOf([registered]), later)).toEqual([]);
    given(registered, deregistered)
      .when((state) => decideFinishDeletion(state, ref, later))
      .then();
  });
});
