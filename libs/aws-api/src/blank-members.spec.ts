import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import {
  type ModelledService,
  type Place,
  placesIn,
  QUERY_MAPS,
  queryOf,
  wholeInput,
  wholeQueryInput,
  withValueAt,
} from '../../../test/support/api-model';
import { ApiError } from './errors';
import { ECS_OPERATIONS } from './generated/ecs-operations';
import { ELBV2_OPERATIONS } from './generated/elbv2-operations';
import type { SupportedOperation } from './model/operation';
import { decodeJson } from './protocol/json-decoder';
import { decodeQuery } from './protocol/query-parameters';
import { checkInput } from './validation/check-input';

/** Optional texts with a blank value. All other optional texts are absent when they are blank. */
const BLANK_TEXT_IS_A_VALUE: readonly string[] = [
  'ListTasksRequest.startedBy',
  ...['MessageBody', 'Query', 'Value', 'ClientSecret'],
  ...['value', 'reason', 's3KeyPrefix', 'instanceIdentityDocument', 'instanceIdentityDocumentSignature'],
  ...['attributeName', 'attributeValue', 'containerInstance', 'daemonName', 'family', 'familyPrefix', 'filter'],
  'serviceName',
];

/** Numbers, lists and structures that are absent when they are 0, [] or {}. All others keep that value. */
const BLANK_VALUE_IS_ABSENT: readonly string[] = [
  'ContainerOverride.cpu',
  'ContainerOverride.memory',
  'ContainerOverride.memoryReservation',
  'ContainerDefinition.memory',
  'ContainerDefinition.memoryReservation',
  'ContainerDefinition.logConfiguration',
];

const BLANKS: Readonly<Record<string, unknown>> = {
  ...{ string: '', integer: 0, long: 0, double: 0, timestamp: 0 },
  ...{ list: [], map: {}, structure: {} },
};

/** Returns an input decoded by its service's protocol, without checks. */
function decode({ input }: SupportedOperation, service: ModelledService, given: unknown): object {
  return service === 'ecs' ? decodeJson(input, Buffer.from(JSON.stringify(given))) : decodeQuery(input, queryOf(given));
}

/** Returns the value without classes and `undefined` members, for a comparison with `toEqual`. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function isAbsentWhenBlank({ path, type, structure = '' }: Place): boolean {
  const member = String(path.at(-1));
  const name = `${structure}.${member}`;
  if (type !== 'string') return BLANK_VALUE_IS_ABSENT.includes(name);
  return !BLANK_TEXT_IS_A_VALUE.includes(member) && !BLANK_TEXT_IS_A_VALUE.includes(name);
}

const supported = (operations: typeof ECS_OPERATIONS): readonly SupportedOperation[] =>
  operations.filter((operation): operation is SupportedOperation => operation.owner !== undefined);

const OPERATIONS = [
  ...supported(ECS_OPERATIONS).map((operation) => ['ecs', operation.name, operation] as const),
  ...supported(ELBV2_OPERATIONS).map((operation) => ['elbv2', operation.name, operation] as const),
];

describe.each(OPERATIONS)('%s %s', (service, name, operation) => {
  const decoded = (given: unknown): unknown => plain(decode(operation, service, given));
  const whole = service === 'ecs' ? wholeInput(name) : wholeQueryInput(name);
  const places = placesIn(name, service).filter(
    ({ path, type, structure }) => structure !== undefined && type in BLANKS && !path.includes(QUERY_MAPS),
  );

  it('treats blank optional members as absent where no blank value is valid, and keeps all others', () => {
    for (const place of places.filter(({ required }) => !required)) {
      const blank = BLANKS[place.type];
      // A structure without members has no parameters, so the Query protocol cannot transfer it.
      if (service === 'elbv2' && place.type === 'structure') continue;
      const taken = isAbsentWhenBlank(place) ? undefined : blank;
      expect(decoded(withValueAt(whole, place.path, blank)), place.path.join('.')).toEqual(
        plain(withValueAt(whole, place.path, taken)),
      );
    }
  });

  it('treats no required member as absent', () => {
    for (const place of places.filter(({ required, type }) => required && type === 'string')) {
      const given = withValueAt(whole, place.path, '');
      expect(decoded(given), place.path.join('.')).toEqual(given);
    }
  });

  it('passes the checks with all members blank that may be absent', () => {
    const blank = places
      .filter((place) => !place.required && isAbsentWhenBlank(place))
      .reduce<unknown>((input, { path, type }) => withValueAt(input, path, BLANKS[type]), whole);
    const input = decode(operation, service, blank);
    expect(() => {
      checkInput(operation, input);
    }).not.toThrow(ApiError);
  });
});
