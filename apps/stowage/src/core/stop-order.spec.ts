import { expect, it } from 'vitest';
import { inStopOrder } from './stop-order';

it('stops agents first, then the services, then NATS and Postgres', () => {
  const names = ['nats', 'agent-2', 'postgres', 'control-plane', 'agent-1'].map((name) => ({ name }));
  expect(inStopOrder(names).map((group) => group.map(({ name }) => name))).toEqual([
    ['agent-2', 'agent-1'],
    ['control-plane'],
    ['nats', 'postgres'],
  ]);
});
