import { ECS, ELBV2 } from '@stowage/aws-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  placesIn,
  queryOf,
  wholeInput,
  wholeQueryInput,
  withValueAt,
  wrongValues,
} from '../../../test/support/api-model';
import { startTestGateway, type TestGateway } from '../../../test/support/gateway';

const supportedBy = ({ operations }: typeof ECS): readonly string[] =>
  [...operations.values()].filter(({ owner }) => owner !== undefined).map(({ name }) => name);

let gateway: TestGateway;
beforeAll(async () => {
  // The gateway runs without owners. An input that it does not reject would result in a 503.
  gateway = await startTestGateway({ alone: true, settings: { STOWAGE_COMMAND_TIMEOUT_MS: '500' } });
});
afterAll(() => gateway.close());

it.each(supportedBy(ECS))(
  '%s is rejected over HTTP with any member missing or of a wrong type, and writes nothing',
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

it.each(supportedBy(ELBV2))(
  '%s is rejected over HTTP with any parameter missing or of a wrong type, and writes nothing',
  async (name) => {
    const before = await gateway.runtime.journal.lastSequence();
    const whole = wholeQueryInput(name);
    const places = placesIn(name, 'elbv2').filter(({ path }) => path.length === 1);
    const wrong = [
      ...places
        .filter(({ type }) => type === 'integer' || type === 'boolean' || type === 'list')
        .map(({ path }) => ({ path, value: 'x', code: 'MalformedInput' })),
      ...places
        .filter(({ required }) => required)
        .map(({ path }) => ({ path, value: undefined, code: 'ValidationError' })),
    ];
    for (const { path, value, code } of wrong) {
      const parameters = queryOf(withValueAt(whole, path, value));
      parameters.set('Action', name);
      parameters.set('Version', '2015-12-01');
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await gateway.send({ service: 'elasticloadbalancing', headers, body: parameters.toString() });
      expect(answer.status, String(path)).toBe(400);
      expect(answer.text, String(path)).toContain(`<Code>${code}</Code>`);
      expect(answer.text.toLowerCase()).toContain(String(path[0]).toLowerCase());
    }
    expect(await gateway.runtime.journal.lastSequence()).toBe(before);
  },
);
