import { setTimeout as pause } from 'node:timers/promises';
import { type DomainEvent, listenerArn, loadBalancerArn, targetGroupArn, taskArn } from '@stowage/domain';
import { PastStates } from '@stowage/journal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  listenerCreated,
  loadBalancerCreated,
  ruleCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../../libs/domain/src/testing/load-balancing-events';
import { type JsonAnswer, startTestGateway, type TestGateway } from '../support/gateway';
import { commitHistory, RandomHistory } from '../support/histories';

const AS_OF = 'x-stowage-as-of';
const MOMENTS = 3;
const EVENTS = 300;
/** Number of queries that are repeated for each moment. */
const ASKED_AGAIN = 15;
const PARALLEL = 8;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ELB_VERSION = 'Version=2015-12-01';

interface Question {
  readonly operation: string;
  readonly input: object;
}

/** The queries of one moment with their answers at that moment. */
interface Moment {
  readonly sequence: number;
  readonly time: string;
  readonly answers: readonly (readonly [Question, unknown])[];
  /** Queries and answers of load balancing in the AWS Query protocol. */
  readonly balancing: readonly (readonly [string, string])[];
}

/** Events of a load balancer, a listener and a target group before each moment. */
const BALANCING: readonly (readonly DomainEvent[])[] = [
  [
    loadBalancerCreated('kept'),
    listenerCreated('kept', 'listener', 80),
    targetGroupCreated('group'),
    targetsRegistered('group', [{ id: 'i-1', port: 1 }]),
  ],
  [
    ruleCreated('kept', 'listener', 'rule', 10),
    targetsRegistered('group', [{ id: 'i-1', port: 2 }]),
    {
      type: 'TargetHealthChanged',
      version: 1,
      targetGroup: 'group',
      targets: [{ id: 'i-1', port: 1, health: { state: 'healthy' } }],
    },
    { type: 'LoadBalancerStateChanged', version: 1, loadBalancer: 'kept', state: { code: 'active' } },
  ],
  [
    { type: 'ListenerDeleted', version: 1, loadBalancer: 'kept', listener: 'listener' },
    {
      type: 'TargetsDeregistered',
      version: 1,
      targetGroup: 'group',
      targets: [{ id: 'i-1', port: 1 }],
      drainUntil: 1,
    },
    targetGroupCreated('later'),
  ],
];

describe('reads of the past', () => {
  let gateway: TestGateway;
  const history = new RandomHistory({ seed: 11, clusters: 3, tasks: 60, startsAt: Date.now() });
  const moments: Moment[] = [];

  beforeAll(async () => {
    gateway = await startTestGateway({ alone: true, settings: { STOWAGE_AS_OF_EVENTS_MAX: '2000' } });
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      await gateway.commit(...(BALANCING[moment] ?? []));
      const sequence = await commitHistory(gateway.runtime.journal, history, EVENTS);
      await gateway.runtime.fold.catchUp(10_000);
      const answers = await inParallel(questions(), async (question) => [question, await ask(question)] as const);
      // Real time: the time of a moment has to lie between its commits and those of the next one.
      await pause(20);
      const balancing = await inParallel(balancingQuestions(), async (query) => [query, await askElb(query)] as const);
      moments.push({ sequence, time: new Date().toISOString(), answers, balancing });
      await pause(20);
    }
  });
  afterAll(() => gateway.close());

  const call = ({ operation, input }: Question, asOf?: string | number): Promise<JsonAnswer> =>
    gateway.call(operation, input, asOf === undefined ? {} : { [AS_OF]: String(asOf) });
  const ask = async (question: Question, asOf?: string | number): Promise<unknown> => (await call(question, asOf)).json;

  /** The answer without its request id. */
  async function askElb(query: string, asOf?: number | string): Promise<string> {
    const headers = { ...FORM, ...(asOf !== undefined && { [AS_OF]: String(asOf) }) };
    const answer = await gateway.send({ service: 'elasticloadbalancing', headers, body: `${query}&${ELB_VERSION}` });
    return answer.text.replace(/<RequestId>.*<\/RequestId>/, '');
  }

  function balancingQuestions(): readonly string[] {
    const { scope } = gateway.runtime;
    const ref = { name: 'kept', id: 'kept-id', type: 'application' } as const;
    const balancer = encodeURIComponent(loadBalancerArn(scope, ref));
    const listener = encodeURIComponent(listenerArn(scope, { loadBalancer: ref, listener: 'listener' }));
    const group = encodeURIComponent(targetGroupArn(scope, { name: 'group', id: 'group-id' }));
    return [
      'Action=DescribeLoadBalancers',
      'Action=DescribeTargetGroups',
      `Action=DescribeLoadBalancerAttributes&LoadBalancerArn=${balancer}`,
      `Action=DescribeListeners&LoadBalancerArn=${balancer}`,
      `Action=DescribeRules&ListenerArn=${listener}`,
      `Action=DescribeTargetGroupAttributes&TargetGroupArn=${group}`,
      `Action=DescribeTargetHealth&TargetGroupArn=${group}`,
      `Action=DescribeTags&ResourceArns.member.1=${balancer}&ResourceArns.member.2=${group}`,
    ];
  }

  /** All queries about current and past records. */
  function questions(): readonly Question[] {
    const { state } = history;
    const clusters = [...state.clusters.keys()];
    const ofCluster = (cluster: (typeof clusters)[number]): readonly Question[] => {
      const instances = [...state.instancesOf(cluster)].slice(0, 100);
      const tasks = instances.flatMap((instance) => [...state.tasksOn(instance)]).slice(0, 50);
      const services = [...state.services.values()].filter((service) => service.cluster === cluster);
      const arns = tasks.map((id) => taskArn(gateway.runtime.scope, cluster, id));
      return [
        { operation: 'ListTasks', input: { cluster } },
        { operation: 'ListTasks', input: { cluster, desiredStatus: 'STOPPED' } },
        { operation: 'ListContainerInstances', input: { cluster } },
        { operation: 'ListAttributes', input: { cluster, targetType: 'container-instance' } },
        { operation: 'ListServices', input: { cluster } },
        ...(tasks.length > 0
          ? [{ operation: 'DescribeTasks', input: { cluster, tasks: arns, include: ['TAGS'] } }]
          : []),
        ...(instances.length > 0
          ? [{ operation: 'DescribeContainerInstances', input: { cluster, containerInstances: instances } }]
          : []),
        ...(services.length > 0
          ? [
              {
                operation: 'DescribeServices',
                input: { cluster, services: services.slice(0, 10).map(({ name }) => name) },
              },
            ]
          : []),
      ];
    };
    return [
      { operation: 'ListClusters', input: {} },
      { operation: 'DescribeClusters', input: { clusters, include: ['STATISTICS', 'TAGS'] } },
      { operation: 'ListTaskDefinitions', input: {} },
      { operation: 'ListTaskDefinitionFamilies', input: {} },
      { operation: 'ListAccountSettings', input: {} },
      ...[...state.families.keys()].map((family) => ({
        operation: 'DescribeTaskDefinition',
        input: { taskDefinition: family, include: ['TAGS'] },
      })),
      ...clusters.flatMap(ofCluster),
    ];
  }

  const someOf = <Item>(all: readonly Item[]): readonly Item[] =>
    [...all].sort(() => history.random.next() - 0.5).slice(0, ASKED_AGAIN);

  it('return the answer of that moment, by sequence and by time', async () => {
    for (const { sequence, time, answers } of moments) {
      expect(answers.length).toBeGreaterThan(20);
      await inParallel(someOf(answers), async ([question, then]) => {
        expect(await ask(question, sequence), JSON.stringify({ sequence, question })).toEqual(then);
      });
      for (const [question, then] of answers.slice(0, 3)) expect(await ask(question, time)).toEqual(then);
    }
  });

  it('return load balancers, listeners, target groups and their targets as of that moment', async () => {
    for (const { sequence, time, balancing } of moments) {
      for (const [query, then] of balancing) {
        expect(await askElb(query, sequence), query).toBe(then);
        expect(await askElb(query, time), query).toBe(then);
      }
    }
    const ofMoments = (action: string): readonly unknown[] =>
      moments.map(({ balancing }) => balancing.find(([query]) => query.startsWith(`Action=${action}`))?.[1]);
    for (const [query, then] of moments[0]?.balancing ?? []) expect(then, query).not.toContain('<Error>');
    for (const action of [
      'DescribeLoadB',
      'DescribeListeners',
      'DescribeRules',
      'DescribeTargetH',
      'DescribeTargetGroups',
    ]) {
      expect(new Set(ofMoments(action)).size, action).toBeGreaterThan(1);
    }
  });

  it('return the position for which they are valid, and continue their pages there', async () => {
    const { sequence, answers } = moments[1]!;
    const cluster = answers.find(([, answer]) => taskArnsOf(answer).length > 4)?.[0].input ?? {};
    const [all, first] = [
      await call({ operation: 'ListTasks', input: cluster }, sequence),
      await call({ operation: 'ListTasks', input: { ...cluster, maxResults: 3 } }, sequence),
    ];
    expect(first.headers['x-stowage-sequence']).toBe(String(sequence));
    const rest = { ...cluster, nextToken: first.json['nextToken'] };
    const second = await call({ operation: 'ListTasks', input: rest }, sequence);
    expect([...taskArnsOf(first.json), ...taskArnsOf(second.json)]).toEqual(taskArnsOf(all.json));
  });

  it('end at whole transactions: inside of one, the position before it counts', async () => {
    const { journal } = gateway.runtime;
    const before = await journal.lastSequence();
    const [cluster] = history.state.clusters.keys();
    const tag = (key: string) =>
      ({ type: 'ClusterTagsSet', version: 1, cluster: cluster!, tags: [{ key, value: '' }] }) as const;
    const end = await gateway.commit(tag('1'), tag('2'), tag('3'));
    for (const [asked, answered] of [
      [end - 1, before],
      [end, end],
    ] as const) {
      const answer = await call({ operation: 'ListClusters', input: {} }, asked);
      expect(answer.headers['x-stowage-sequence']).toBe(String(answered));
    }
  });

  it('are rejected if they would be wrong or too expensive', async () => {
    const list = { operation: 'ListClusters', input: {} };
    const message = async (question: Question, asOf: string): Promise<unknown> => {
      const { json } = await call(question, asOf);
      return `${String(json['__type'])}: ${String(json['message'])}`;
    };
    expect(await message(list, '999999999')).toMatch(
      /^InvalidParameterException: x-stowage-as-of: The journal ends at/,
    );
    expect(await message(list, '2199-01-01T00:00:00Z')).toMatch(/must not be in the future/);
    expect(await message(list, 'yesterday')).toMatch(/must be a sequence, or a time as in/);
    const create = { operation: 'CreateCluster', input: {} };
    expect(await message(create, '5')).toMatch(/only operations that describe or list accept it, not CreateCluster/);
    await commitHistory(gateway.runtime.journal, history, 2_000);
    const end = await gateway.runtime.journal.lastSequence();
    expect(await message(list, String(end))).toMatch(
      /^LimitExceededException: .* events after the last snapshot before it, and no more than 2000 are folded/,
    );
    const { dataDir } = gateway.runtime.config;
    const hurried = new PastStates(gateway.runtime.journal, { dataDir, eventsMax: 10_000, timeoutMs: 1, keptMax: 1 });
    await expect(hurried.at(await gateway.runtime.journal.positionBefore(end))).rejects.toThrow(
      'took longer than 1 ms',
    );
  });
});

const taskArnsOf = (answer: unknown): readonly unknown[] =>
  typeof answer === 'object' && answer !== null && 'taskArns' in answer && Array.isArray(answer.taskArns)
    ? answer.taskArns
    : [];

/** Runs a few at a time, so that many queries stay within the limits of one gateway. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += PARALLEL) {
    results.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(work))));
  }
  return results;
}
