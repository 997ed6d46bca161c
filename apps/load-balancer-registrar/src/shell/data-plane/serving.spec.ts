import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataPlaneDrill } from '../../../../../test/support/data-plane';
import { Load } from '../../../../../test/support/load';
import { HttpTarget } from '../../../../../test/support/targets';

let drill: DataPlaneDrill;
beforeAll(async () => {
  drill = await DataPlaneDrill.start();
});
afterAll(() => drill.stop());

describe('traffic', () => {
  it('a rolling change of all targets under load fails no request', async () => {
    const olds = await Promise.all(['a', 'b', 'c'].map((name) => HttpTarget.start(name)));
    const port = await drill.serve('rolling', olds);
    const path = () => `/?ms=${String(Math.floor(Math.random() * 300))}`;
    const loads = [true, false].map((keepAlive) =>
      Load.start({ host: '127.0.0.1', port, path, perSecond: 100, keepAlive }),
    );
    for (const old of olds) {
      const next = await HttpTarget.start(`${old.name}2`);
      await drill.register('rolling', [next]);
      await drill.healthy('rolling', [next]);
      await drill.deregister('rolling', [old]);
      await drill.drained('rolling', [old]);
      await old.kill();
    }
    for (const load of loads) {
      await load.stop();
      expect(load.failures).toEqual([]);
    }
  });
});
