import { type ContainerReport, type DomainEvent, instanceId, type TaskReport } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { given } from '../../../../../libs/domain/src/testing/given';
import {
  CLUSTER,
  clusterCreated,
  INSTANCE,
  placed,
  registered,
  stopRequested,
  TASK,
} from '../../testing/agent-history';
import { decideReport } from './decide-report';

const ground: readonly DomainEvent[] = [clusterCreated, registered(), placed()];
const web = (report: Partial<ContainerReport> = {}): ContainerReport => ({
  name: 'web',
  lastStatus: 'RUNNING',
  ...report,
});
const log = (report: Partial<ContainerReport> = {}): ContainerReport => ({
  name: 'log',
  lastStatus: 'RUNNING',
  ...report,
});
const report = (members: Partial<TaskReport> = {}): TaskReport => ({
  cluster: CLUSTER,
  task: TASK,
  lastStatus: 'RUNNING',
  containers: [web(), log()],
  ...members,
});

/** Returns the events of the reports, each of which is decided on the state after the previous one. */
function afterReports(...reports: readonly TaskReport[]): readonly DomainEvent[] {
  return reports.reduce<readonly DomainEvent[]>(
    (history, each) => [...history, ...given(...history).when((state) => decideReport(state, INSTANCE, each)).events],
    ground,
  );
}

const about = { version: 1, cluster: CLUSTER, instance: INSTANCE, task: TASK } as const;

describe('a report', () => {
  it('moves the task forward', () => {
    given(...ground)
      .when((state) => decideReport(state, INSTANCE, report({ pullStartedAt: 5 })))
      .then({ ...about, type: 'TaskProgressed', lastStatus: 'RUNNING', containers: [web(), log()], pullStartedAt: 5 });
  });

  it('without a change causes no event', () => {
    given(...afterReports(report()))
      .when((state) => decideReport(state, INSTANCE, report()))
      .then();
  });

  it('causes an event with only the changed members', () => {
    const bindings = [{ hostPort: 32768, containerPort: 80 }];
    given(...afterReports(report()))
      .when((state) =>
        decideReport(state, INSTANCE, report({ containers: [web({ networkBindings: bindings }), log()] })),
      )
      .then({
        ...about,
        type: 'TaskProgressed',
        lastStatus: 'RUNNING',
        containers: [web({ networkBindings: bindings })],
      });
  });

  it('that arrives after a newer one changes nothing', () => {
    const late = report({ lastStatus: 'PENDING', containers: [web({ lastStatus: 'PENDING' })] });
    given(...afterReports(report()))
      .when((state) => decideReport(state, INSTANCE, late))
      .then();
    const exited = report({ containers: [web(), log({ lastStatus: 'STOPPED', exitCode: 0 })] });
    given(...afterReports(exited))
      .when((state) => decideReport(state, INSTANCE, report()))
      .then();
  });

  it('about a task that has ended or does not exist is acknowledged and ignored', () => {
    const over = report({ lastStatus: 'STOPPED', containers: [] });
    given(...afterReports(over))
      .when((state) => decideReport(state, INSTANCE, report()))
      .then();
  });

  it('about a task of another instance is rejected', () => {
    given(...ground)
      .when((state) => decideReport(state, instanceId('2'.repeat(32)), report()))
      .thenRefused('ClientException');
  });

  it('about containers that the task does not have applies to the others', () => {
    given(...ground)
      .when((state) => decideReport(state, INSTANCE, report({ containers: [web(), { ...log(), name: 'x' }] })))
      .then({ ...about, type: 'TaskProgressed', lastStatus: 'RUNNING', containers: [web()] });
  });

  const stop = (history: readonly DomainEvent[], members: Partial<TaskReport>): unknown => {
    const [event] = given(...history).when((state) =>
      decideReport(state, INSTANCE, report({ lastStatus: 'STOPPED', ...members })),
    ).events;
    return event?.type === 'TaskStopped' && [event.stopCode, event.stoppedReason];
  };
  const exited = [web({ lastStatus: 'STOPPED', exitCode: 3 }), log({ lastStatus: 'STOPPED' })];

  it('of the end has the reason of the stop request, of the agent or of the containers, in this order', () => {
    const members = { stopCode: 'TaskFailedToStart', stoppedReason: 'No room' } as const;
    expect(stop([...ground, stopRequested()], { ...members, containers: exited })).toEqual(['UserInitiated', 'enough']);
    expect(stop(ground, { ...members, containers: exited })).toEqual(['TaskFailedToStart', 'No room']);
    expect(stop(ground, { containers: exited })).toEqual([
      'EssentialContainerExited',
      'Essential container in task exited',
    ]);
  });

  it('about a task that never ran states that the task failed to start', () => {
    const never = web({ lastStatus: 'STOPPED' });
    expect(stop(ground, { containers: [never] })).toEqual(['TaskFailedToStart', 'Task failed to start']);
    const reason = 'CannotPullContainerError: no such image';
    expect(stop(ground, { containers: [{ ...never, reason }] })).toEqual(['TaskFailedToStart', reason]);
    const other = 'CannotStartContainerError: no such program';
    expect(stop(ground, { containers: [{ ...never, reason: other }] })).toEqual([
      'TaskFailedToStart',
      `Task failed to start: container web: ${other}`,
    ]);
  });

  it('of the end frees the resources in the ledger', () => {
    const { state } = given(...afterReports(report())).when((at) =>
      decideReport(at, INSTANCE, report({ lastStatus: 'STOPPED', containers: exited })),
    );
    expect(state.instances.get(INSTANCE)?.used).toMatchObject({ cpu: 0, memory: 0, ports: [] });
    expect(state.tasks.size).toBe(0);
  });
});
