import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerInstance } from '../container-instance/records/container-instance';
import { clusterName, instanceId } from '../ids';
import { Refusal } from '../refusal';
import { NO_RESOURCES } from '../resources';
import { clusterQuery, EXPRESSION_DEPTH_MAX, LIST_LENGTH_MAX, parseClusterQuery } from './cluster-query';
import { PATTERN_LENGTH_MAX } from './regular-expression';
import { EXPRESSION_LENGTH_MAX } from './tokens';

const attributes: Readonly<Record<string, string | undefined>> = {
  'ecs.instance-type': 'g2.2xlarge',
  'ecs.availability-zone': 'us-east-1a',
  color: undefined,
  rack: '12',
};

const instance: ContainerInstance = {
  id: instanceId('a'.repeat(32)),
  cluster: clusterName('sea'),
  ec2InstanceId: 'i-abcd1234',
  status: 'ACTIVE',
  agentConnected: true,
  version: 1,
  versionInfo: { agentVersion: '1.13.1' },
  registered: NO_RESOURCES,
  used: NO_RESOURCES,
  dynamicPorts: [],
  dynamicPortsUdp: [],
  attributes: Object.entries(attributes).map(([name, value]) => ({ name, ...(value !== undefined && { value }) })),
  tags: [],
  runningTasksCount: 1,
  pendingTasksCount: 0,
  registeredAt: Date.UTC(2018, 5, 18, 22, 28, 28),
};

const matches = (expression: string): boolean =>
  parseClusterQuery(expression).matches({ instance, groups: () => ['service:production', 'family:web'] });

describe('the cluster query language', () => {
  it.each([
    ['attribute:ecs.instance-type == t2.small', false],
    ['attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d', true],
    ['task:group == service:production', true],
    ['not(task:group == database)', true],
    ['runningTasksCount == 1', true],
    ["ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", true],
    ['attribute:color exists', true],
    [
      '(attribute:ecs.instance-type == g2.2xlarge) and (attribute:ecs.availability-zone in [us-east-1a, us-east-1b])',
      true,
    ],
    ['registeredAt >= 2018-02-13', true],
  ])("parses ECS's example %s", (expression, expected) => expect(matches(expression)).toBe(expected));

  it.each([
    ['attribute:ecs.instance-type equals "g2.2xlarge"', true],
    ['attribute:ecs.instance-type not_equals g2.2xlarge', false],
    ['attribute:rack > 9', true],
    ['attribute:rack greater_than 12', false],
    ['attribute:rack >= 12', true],
    ['attribute:rack greater_than_equal 13', false],
    ['attribute:rack < 100', true],
    ['attribute:rack less_than 12', false],
    ['attribute:rack <= 12', true],
    ['attribute:rack less_than_equal 2', false],
    ['attribute:rack == 12.0', false],
    ['attribute:none exists', false],
    ['attribute:none !exists', true],
    ['attribute:none not_exists', true],
    ['attribute:color !exists', false],
    ['attribute:rack in [ 1 ,12]', true],
    ['attribute:rack !in [1,12]', false],
    ['attribute:rack not_in [1, 2]', true],
    ['attribute:ecs.instance-type matches g2', false],
    ['attribute:ecs.instance-type !~ g2.*', false],
    ['attribute:ecs.instance-type not_matches "[a-f]2.*"', true],
    // An absent value equals nothing.
    ['attribute:none == x', false],
    ['attribute:none != x', true],
    ['attribute:none !in [x]', true],
    ['attribute:none =~ .*', false],
    ['agentConnected == true', true],
    ['agentConnected != TRUE', false],
    ['agentVersion >= 1.13.1', true],
    ['agentVersion > 1.9', true],
    ['agentVersion < 1.13.0', false],
    ['registeredAt == 2018-06-18T22:28:28+00:00', true],
    ['registeredAt == 2018-06-18T22:28:28Z', true],
    ['registeredAt == 2018-06-18T22:28:28', true],
    ['registeredAt < 2018-06-18', false],
    ['runningTasksCount > 0 && runningTasksCount less_than 2', true],
    ['task:group in [database, family:web]', true],
    ['task:group != service:production', false],
    ['task:group =~ service:.*', true],
  ])('gives %s the value %s', (expression, expected) => expect(matches(expression)).toBe(expected));

  it.each([
    ['attribute:rack == 1 or attribute:rack == 12', true],
    ['attribute:rack == 1 || attribute:rack == 12 && attribute:none exists', false],
    ['(attribute:rack == 12 || attribute:rack == 1) && attribute:none exists', false],
    ['attribute:rack == 12 || attribute:rack == 1 && attribute:none exists', true],
    ['! attribute:none exists', true],
    ['!(attribute:rack == 12)', false],
    ['not not attribute:color exists', true],
    ['attribute:rack == 12 and not (attribute:color exists and attribute:none exists)', true],
  ])('combines %s to %s', (expression, expected) => expect(matches(expression)).toBe(expected));

  it.each([
    ['', 'position 1: a subject is expected, not the end'],
    ['attribute:rack', 'position 15: an operator is expected, not the end'],
    ['attribute:rack ==', 'position 18: a value is expected, not the end'],
    ['attribute:rack = 1', "position 16: '=' is not expected here"],
    ['attribute: == 1', "position 1: 'attribute:' is not a subject"],
    ['size == 1', "position 1: 'size' is not a subject"],
    ['(attribute:rack == 1', "position 21: ')' is expected, not the end"],
    ['attribute:rack == 1)', "position 20: 'and', 'or' or the end is expected, not ')'"],
    ['attribute:rack == "1', 'position 19: the quote " is not closed'],
    ['attribute:rack in 1', "position 19: '[' is expected, not '1'"],
    ['attribute:rack in []', "position 20: a value is expected, not ']'"],
    ['attribute:rack in [1', "position 21: ']' is expected, not the end"],
    ['attribute:rack !== 1', "position 18: '=' is not expected here"],
    ['attribute:rack ! == 1', "position 18: an operator is expected, not '=='"],
    ['agentConnected exists', "position 16: 'agentConnected' always exists"],
    ['agentConnected == maybe', "position 19: 'maybe' is not true or false"],
    ['agentConnected > true', 'position 18: true or false is compared with == or !='],
    ['agentVersion == new', "position 17: 'new' is not a version such as 1.13.1"],
    ['runningTasksCount =~ 1', 'position 22: only a text is matched with a pattern, not a whole number'],
    [
      'registeredAt > yesterday',
      "position 16: 'yesterday' is not a time such as 2018-06-18T22:28:28+00:00 or 2018-06-18",
    ],
    [
      'attribute:rack =~ "(?=1)"',
      "position 19: '(?=1)' is not a supported regular expression (invalid or unsupported Perl syntax: `(?=`)",
    ],
  ])('rejects %s with the position of the mistake', (expression, message) => {
    expect(() => parseClusterQuery(expression)).toThrow(
      new Refusal('InvalidParameterException', `Invalid expression at ${message}.`),
    );
  });

  it('bounds length, depth, lists and patterns', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}attribute:a exists${')'.repeat(depth)}`;
    expect(matches(nested(EXPRESSION_DEPTH_MAX))).toBe(false);
    expect(() => matches(nested(EXPRESSION_DEPTH_MAX + 1))).toThrow('nested more than');
    expect(() => matches(`${'!'.repeat(1_000)}attribute:a exists`)).toThrow('nested more than');
    expect(() => matches('x'.repeat(EXPRESSION_LENGTH_MAX + 1))).toThrow('at most 2000 characters');
    const list = (length: number): string => `attribute:a in [${Array(length).fill('x').join()}]`;
    expect(matches(list(LIST_LENGTH_MAX))).toBe(false);
    expect(() => matches(list(LIST_LENGTH_MAX + 1))).toThrow('at most 200 elements');
    expect(() => matches(`attribute:a =~ ${'x'.repeat(PATTERN_LENGTH_MAX + 1)}`)).toThrow('more than 256 characters');
  });

  it('matches patterns in time linear in the value', () => {
    const long = { ...instance, attributes: [{ name: 'a', value: 'a'.repeat(4_000) }] };
    const query = parseClusterQuery('attribute:a =~ "(a+)+b"');
    const began = performance.now();
    expect(query.matches({ instance: long, groups: () => [] })).toBe(false);
    // A backtracking engine would need longer than the age of the universe.
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('detects expressions that change only with the registration', () => {
    expect(parseClusterQuery('attribute:a exists and agentVersion > 1').isStatic).toBe(true);
    expect(parseClusterQuery('attribute:a exists and runningTasksCount > 1').isStatic).toBe(false);
    expect(parseClusterQuery('not(task:group == a)').isStatic).toBe(false);
  });

  it('parses an expression once', () => {
    expect(clusterQuery('attribute:a exists')).toBe(clusterQuery('attribute:a exists'));
  });

  it('returns a query or a rejection for any text', () => {
    const words = fc.constantFrom(
      'attribute:a',
      '==',
      'in',
      '[',
      ']',
      ',',
      '(',
      ')',
      '!',
      'and',
      'or',
      'not',
      'x',
      '"y"',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words).map((some) => some.join(' ')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        try {
          expect(typeof matches(expression)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 500 },
    );
  });
});
