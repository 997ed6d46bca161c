import { applyEvent, type ClusterState, clusterQuery, type DomainEvent, type Task, taskId } from '@stowage/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { CLUSTER, clusterCreated, connection, instance, registered } from '../testing/history';
import { naiveChoice } from '../testing/naive-choice';
import { choose } from './choose';
import { PlacementIndex } from './index/placement-index';
import type { PlacementRequest } from './placement-request';
import type { StrategyLevel } from './strategy';

const INSTANCES = 40;
const GPUS = ['gpu-a', 'gpu-b', 'gpu-c'];
const GROUPS = ['family:a', 'family:b'];

const level: fc.Arbitrary<StrategyLevel> = fc.constantFrom<StrategyLevel>(
  { by: 'attribute', name: 'zone' },
  { by: 'attribute', name: 'rack' },
  { by: 'instance' },
  { by: 'cpu' },
  { by: 'memory' },
);

const request: fc.Arbitrary<PlacementRequest> = fc.record({
  cluster: fc.constant(CLUSTER),
  count: fc.constant(1),
  resources: fc.record({
    cpu: fc.constantFrom(0, 512, 1_500),
    memory: fc.constantFrom(0, 512, 1_024, 3_000),
    ports: fc.constantFrom<readonly number[]>([], [80]),
    portsUdp: fc.constant<readonly number[]>([]),
    gpus: fc.constantFrom(0, 0, 0, 1, 2),
  }),
  requiredAttributes: fc.constantFrom([], [{ name: 'zone', value: 'z1' }]),
  launchType: fc.constant('EC2' as const),
  group: fc.constantFrom(...GROUPS),
  memberOf: fc.subarray([
    clusterQuery('attribute:rack != r2'),
    clusterQuery('not(task:group == family:b)'),
    clusterQuery('runningTasksCount < 1 or attribute:zone == z0'),
  ]),
  distinctInstance: fc.boolean(),
  strategy: fc.uniqueArray(level, { maxLength: 4, selector: (each) => JSON.stringify(each) }),
});

/** A change of the state between two choices. */
type Step =
  | { readonly do: 'place'; readonly request: PlacementRequest; readonly salt: number; readonly of: number }
  | { readonly do: 'stop' | 'ask-to-stop'; readonly which: number }
  | { readonly do: 'connect'; readonly at: number; readonly connected: boolean }
  | { readonly do: 'move'; readonly at: number; readonly zone: number }
  | { readonly do: 'leave' | 'come'; readonly at: number };

const at = fc.nat({ max: INSTANCES - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      request,
      salt: fc.nat({ max: 2 ** 32 - 1 }),
      of: fc.constantFrom(1, 3),
    }),
  },
  fc.record({ do: fc.constantFrom('stop' as const, 'ask-to-stop' as const), which: fc.nat() }),
  fc.record({ do: fc.constant('connect' as const), at, connected: fc.boolean() }),
  fc.record({ do: fc.constant('move' as const), at, zone: fc.nat({ max: 3 }) }),
  fc.record({ do: fc.constantFrom('leave' as const, 'come' as const), at }),
);

const attributesIn = (zone: number, number: number) => [
  { name: 'zone', value: `z${String(zone)}` },
  ...(number % 5 === 0 ? [] : [{ name: 'rack', value: `r${String(number % 3)}` }]),
];

const coming = (number: number): readonly DomainEvent[] =>
  registered(instance(number), {
    attributes: attributesIn(number % 3, number),
    resources: { cpu: 1_024 * (1 + (number % 2)), memory: 4_096, gpus: GPUS.slice(0, number % 4) },
  });

class Drill {
  readonly state: ClusterState = stateOf([
    clusterCreated,
    ...Array.from({ length: INSTANCES }, (_, number) => coming(number)).flat(),
  ]);
  private readonly index = PlacementIndex.of(this.state).cluster(CLUSTER);
  private placed = 0;

  carryOut(step: Step): void {
    switch (step.do) {
      case 'place':
        return this.place(step);
      case 'stop':
      case 'ask-to-stop':
        return this.stop(step.do, step.which);
      case 'connect':
        return this.happens(connection(instance(step.at), step.connected));
      case 'move':
        return this.happens({
          type: 'InstanceAttributesSet',
          version: 1,
          cluster: CLUSTER,
          instance: instance(step.at),
          attributes: attributesIn(step.zone, step.at),
        });
      case 'leave':
        if (this.state.tasksOn(instance(step.at)).size > 0) return;
        return this.happens({
          type: 'InstanceDeregistered',
          version: 1,
          cluster: CLUSTER,
          instance: instance(step.at),
          force: false,
        });
      case 'come':
        if (!this.state.instances.has(instance(step.at))) coming(step.at).forEach((event) => this.happens(event));
    }
  }

  private place({ request, salt, of }: Extract<Step, { do: 'place' }>): void {
    const chance = { salt, share: { at: 0, of } };
    const expected = naiveChoice(request, { state: this.state, tasks: [...this.state.tasks.values()] }, chance);
    const slot = choose(request, this.index, chance);
    const chosen = slot?.instance.id;
    expect(chosen).toBe(expected);
    // A new index finds the same instance as one that followed all changes.
    const anew = stateOf([]);
    for (const task of this.state.tasks.values()) anew.put('task', task);
    for (const each of this.state.instances.values()) anew.put('instance', each);
    expect(choose(request, PlacementIndex.of(anew).cluster(CLUSTER), chance)?.instance.id).toBe(expected);
    if (!slot || chosen === undefined) return;
    this.placed += 1;
    const task = {
      id: taskId(String(this.placed).padStart(32, '0')),
      taskDefinition: { family: 'a', revision: 1 },
      containers: [],
      overrides: {},
      resources: slot.chosenFor(request).resources,
      cpu: '',
      memory: '',
      group: request.group,
      launchType: 'EC2' as const,
      tags: [],
      enableExecuteCommand: false,
    };
    this.happens({ type: 'TasksPlaced', version: 1, cluster: CLUSTER, instance: chosen, tasks: [task] });
  }

  private stop(how: 'stop' | 'ask-to-stop', which: number): void {
    const tasks: readonly Task[] = [...this.state.tasks.values()];
    const task = tasks[which % Math.max(tasks.length, 1)];
    if (!task) return;
    const about = { version: 1, cluster: CLUSTER, instance: task.instance, task: task.id } as const;
    const why = { stopCode: 'UserInitiated', stoppedReason: '' } as const;
    if (how === 'stop') this.happens({ ...about, ...why, type: 'TaskStopped', containers: [] });
    else this.happens({ ...about, ...why, type: 'TaskStopRequested' });
  }

  private happens(event: DomainEvent): void {
    applyEvent(this.state, event, { at: 0 });
  }
}

describe('the choice through the index', () => {
  it('matches the naive choice after any changes, and the choice through a new index', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const drill = new Drill();
        for (const each of steps) drill.carryOut(each);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
