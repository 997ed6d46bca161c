import { ECS } from '@stowage/aws-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placesIn, wholeInput, withValueAt, wrongValues } from '../../../test/support/api-model';
import { startTestGateway, type TestGateway } from '../../../test/support/gateway';

const SUPPORTED = [...ECS.operations.values()].filter(({ owner }) => owner !== undefined).map(({ name }) => name);

let gateway: TestGateway;
beforeAll(async () => {
  // Alone: what got past the gateway would meet nobody, and be answered 503.
  gateway = await startTestGateway({ alone: true, settings: { STOWAGE_COMMAND_TIMEOUT_MS: '500' } });
});
afterAll(() => gateway.close());

it.each(SUPPORTED)(
  '%s is refused over HTTP with any member missing or of a wrong type, and writes nothing',
  async (name) => {
    const before = await gateway.runtime.journal.lastSequence();
    const whole = wholeInput(name);
    const places = placesIn(name).filter(({ path }) => path.length === 1);
    const wrong = [
      ...places.map((place) => ({ ...place, value: wrongValues(place.type)[0], code: 'SerializationException' })),
      ...places
        .filter(({ required }) => required)
        .map((place) => ({ ...place, value: undefined, code: /^(ClientException|InvalidParameterException)$/ })),
    ];
    for (const { path, value, code } of wrong) {
      const answer = await gateway.call(name, withValueAt(whole, path, value) as object);
      expect(answer.status, String(path)).toBe(400);
      expect(answer.json['__type']).toMatch(code);
    }
    expect(await gateway.runtime.journal.lastSequence()).toBe(before);
  },
);
