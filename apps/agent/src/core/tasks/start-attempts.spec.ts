import { taskId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import {
  agentBegan,
  agentEnded,
  attemptsDocument,
  DEATHS_MAX,
  isSuspect,
  NO_ATTEMPTS,
  readAttempts,
  startBegan,
  startEnded,
  startFailure,
  type StartAttempts,
} from './start-attempts';

const [task, other] = ['a', 'b'].map((digit) => taskId(digit.repeat(32))) as [
  ReturnType<typeof taskId>,
  ReturnType<typeof taskId>,
];
const stored = (attempts: StartAttempts): StartAttempts =>
  readAttempts(JSON.parse(JSON.stringify(attemptsDocument(attempts))));
const death = (attempts: StartAttempts): StartAttempts => agentBegan(stored(startBegan(attempts, task)));

describe('the start of a task', () => {
  it(`has failed after ${String(DEATHS_MAX)} crashes of the agent in a row`, () => {
    let attempts = NO_ATTEMPTS;
    for (let deaths = 0; deaths < DEATHS_MAX; deaths += 1) {
      expect(startFailure(attempts, task)).toBeUndefined();
      attempts = death(attempts);
    }
    expect(startFailure(attempts, task)).toMatchObject({ error: 'ResourceInitializationError' });
    expect(startFailure(attempts, other)).toBeUndefined();
  });

  it('is counted from zero once the task has run', () => {
    const attempts = startEnded(death(death(NO_ATTEMPTS)), task);
    expect(isSuspect(attempts, task)).toBe(false);
    expect(startFailure(death(attempts), task)).toBeUndefined();
  });

  it('is not counted after an orderly shutdown of the agent, and earlier crashes stay counted', () => {
    const ended = agentBegan(stored(agentEnded(startBegan(death(NO_ATTEMPTS), task))));
    expect(ended.deaths).toEqual(new Map([[task, 1]]));
    expect(isSuspect(agentBegan(stored(agentEnded(startBegan(NO_ATTEMPTS, task)))), task)).toBe(false);
  });

  it('is not counted while the task waits for its turn', () => {
    expect(death(death(startBegan(NO_ATTEMPTS, other))).deaths).toEqual(
      new Map([
        [other, 1],
        [task, 2],
      ]),
    );
  });

  it.each([undefined, null, 'text', {}, { version: 2, starting: [], deaths: [] }])(
    'is not read from an invalid document such as %j',
    (document) => {
      expect(readAttempts(document)).toEqual(NO_ATTEMPTS);
    },
  );
});
