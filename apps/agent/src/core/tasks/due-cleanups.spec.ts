import { describe, expect, it } from 'vitest';
import { dueCleanups, type OverTask } from './due-cleanups';

const TERMS = { now: 1_000, waitMs: 500, serviceTasksMax: 2 };
const of = (service: string, ...times: readonly number[]): readonly OverTask[] =>
  times.map((overSince) => ({ overSince, service }));

describe('the stopped tasks that are cleaned up', () => {
  it('are those whose wait has passed', () => {
    const tasks = [{ overSince: 500 }, { overSince: 501 }, { overSince: 10 }];
    expect(dueCleanups(tasks, TERMS)).toEqual([{ overSince: 500 }, { overSince: 10 }]);
  });

  it('include all but the newest tasks of each service', () => {
    const tasks = [...of('sea/web', 700, 900, 600, 800), ...of('lake/web', 610, 620)];
    expect(dueCleanups(tasks, TERMS)).toEqual(of('sea/web', 700, 600));
  });

  it('include no task without a service before its wait has passed', () => {
    expect(dueCleanups([{ overSince: 700 }, { overSince: 800 }, { overSince: 900 }], TERMS)).toEqual([]);
  });
});
