import {
  applyEvent,
  type Cluster,
  clusterName,
  ClusterState,
  type ContainerInstance,
  decideLoss,
  type DomainEvent,
  type EpochMs,
  instanceId,
  lacking,
  type PlacedTask,
  plus,
  type Resources,
  type Task,
  type TaskDefinition,
  taskId,
  transactionId,
} from '@stowage/domain';
import type { Journal, Transaction } from '@stowage/journal';
import { loadBalancingStep } from './load-balancing-history';
import { Random } from './random';

export interface HistoryOptions {
  readonly seed: number;
  /** Approximate number of each kind of record in a long history. */
  readonly clusters?: number;
  readonly instances?: number;
  readonly tasks?: number;
  readonly families?: number;
  /** Number of attributes that each instance registers. Real agents send about forty. */
  readonly attributes?: number;
  readonly startsAt?: EpochMs;
}

/** Free text as users and daemons write it, with characters that a store may encode wrongly. */
const ODD_TEXTS = [
  'plain',
  '',
  `"quoted" 'twice'`,
  'back\\slash {a,"b"}',
  'null\u0000byte',
  'line\nfeed\ttab',
  '日本語 🚢',
  '\ud800 alone',
  '%_wild*',
];

type Events = readonly DomainEvent[];

/**
 * An endless random history that could have happened. The owners' rules allow each transaction in the state that the
 * earlier ones led to (placed tasks fit, statuses move forward, deleted clusters are empty). Some events refer to
 * deleted
 * records, as late reports do; they change nothing.
 */
export class RandomHistory {
  readonly state = new ClusterState();
  readonly random: Random;
  private readonly options: Required<HistoryOptions>;
  private readonly gone: { task?: Task; instance?: ContainerInstance } = {};
  private at: EpochMs;
  private steps = 0;

  constructor(options: HistoryOptions) {
    this.options = {
      clusters: 4,
      instances: 40,
      tasks: 400,
      families: 12,
      attributes: 6,
      startsAt: Date.UTC(2026, 0, 1),
      ...options,
    };
    this.random = new Random(options.seed);
    this.at = this.options.startsAt;
  }

  /** Returns the next transaction, which is already applied to `state`. */
  next(): Transaction {
    let events: Events = [];
    while (events.length === 0) events = this.step();
    this.at += this.random.int(0, 20);
    for (const event of events) applyEvent(this.state, event, { at: this.at });
    this.steps += 1;
    const hex = this.random.hex(20);
    const id = `00000000-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${this.steps.toString(16).padStart(12, '0')}`;
    return { id: transactionId(id), events, expectations: [], at: this.at, actor: 'service:test', cause: 'history' };
  }

  private step(): Events {
    const { state, options, random } = this;
    const [clusters, families] = [this.active().length, state.families.size];
    const roll = random.next();
    if (clusters === 0 || (clusters < options.clusters && roll < 0.02)) return this.createCluster();
    if (families === 0 || (families < options.families && roll < 0.04)) return this.registerRevision();
    if (state.instances.size === 0 || (state.instances.size < options.instances && roll < 0.15))
      return this.registerInstance();
    if (roll < 0.18) return this.clusterStep();
    if (roll < 0.24) return this.instanceStep();
    if (roll < 0.28) return this.definitionStep();
    if (roll < 0.31) return this.accountStep();
    if (roll < 0.33) return this.lateStep();
    if (roll < 0.38) return loadBalancingStep(state, random);
    const crowded = state.tasks.size > options.tasks ? 0.1 : 0.4;
    return random.chance(crowded) ? this.place() : this.taskStep();
  }

  private active(): readonly Cluster[] {
    return [...this.state.clusters.values()].filter(({ status }) => status === 'ACTIVE');
  }

  private oddText(): string {
    return this.random.pick(ODD_TEXTS) ?? '';
  }

  private tags(): readonly { readonly key: string; readonly value: string }[] {
    return Array.from({ length: this.random.int(0, 3) }, (_, at) => ({
      key: `tag${String(at)}`,
      value: this.oddText(),
    }));
  }

  private createCluster(): Events {
    const known = [...this.state.clusters.values()].find(({ status }) => status === 'INACTIVE');
    const name = known && this.random.chance(0.5) ? known.name : clusterName(`cluster-${this.random.hex(6)}`);
    const settings = [{ name: 'containerInsights', value: 'disabled' }] as const;
    return [
      {
        type: 'ClusterCreated',
        version: 1,
        cluster: name,
        settings,
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
        tags: this.tags(),
      },
    ];
  }

  private clusterStep(): Events {
    const cluster = this.random.pick(this.active());
    if (!cluster) return [];
    const about = { version: 1, cluster: cluster.name } as const;
    const busy = this.state.instancesOf(cluster.name).size + cluster.runningTasksCount + cluster.pendingTasksCount > 0;
    if (!busy && this.random.chance(0.5)) return [{ type: 'ClusterDeleted', ...about }];
    if (this.random.chance(0.5)) return [{ type: 'ClusterTagsSet', ...about, tags: this.tags() }];
    const value = this.random.chance(0.5) ? 'enabled' : 'disabled';
    return [{ type: 'ClusterUpdated', ...about, settings: [{ name: 'containerInsights', value }] }];
  }

  private registerInstance(): Events {
    const cluster = this.random.pick(this.active());
    if (!cluster) return [];
    const id = instanceId(this.random.hex(32));
    return [
      {
        type: 'InstanceRegistered',
        version: 1,
        cluster: cluster.name,
        instance: id,
        ec2InstanceId: `i-${this.random.hex(17)}`,
        versionInfo: { agentVersion: '1.0.0', agentHash: 'test', dockerVersion: 'DockerVersion: 20.10.24' },
        resources: { cpu: 8_192, memory: 32_768, ports: [22, 2375, 2376, 51678, 51679], portsUdp: [], gpus: [] },
        attributes: this.attributes(),
        tags: this.tags(),
      },
      { type: 'InstanceConnectionChanged', version: 1, cluster: cluster.name, instance: id, connected: true },
    ];
  }

  private attributes(): readonly { readonly name: string; readonly value?: string }[] {
    const zone = this.random.pick(['a', 'b', 'c']) ?? 'a';
    const capabilities = Array.from({ length: this.options.attributes }, (_, at) => ({
      name: `com.amazonaws.ecs.capability.feature-${String(at)}`,
    }));
    return [
      { name: 'ecs.availability-zone', value: `us-east-1${zone}` },
      { name: 'ecs.os-type', value: 'linux' },
      ...capabilities,
    ];
  }

  private instanceStep(): Events {
    const instance = this.random.pick([...this.state.instances.values()].filter(({ status }) => status !== 'INACTIVE'));
    if (!instance) return [];
    const about = { version: 1, cluster: instance.cluster, instance: instance.id } as const;
    switch (this.random.int(0, 5)) {
      case 0:
        return this.connectionStep(instance);
      case 1:
        return [
          { type: 'InstanceStatusChanged', ...about, status: instance.status === 'ACTIVE' ? 'DRAINING' : 'ACTIVE' },
        ];
      case 2: {
        const custom = {
          name: `stack-${String(this.random.int(0, 3))}`,
          value: this.random.pick(['prod', 'test', '50%_off']) ?? '',
        };
        return [
          {
            type: 'InstanceAttributesSet',
            ...about,
            attributes: [...instance.attributes.filter(({ name }) => name !== custom.name), custom],
          },
        ];
      }
      case 3:
        return [{ type: 'InstanceTagsSet', ...about, tags: this.tags() }];
      case 4:
        return [
          {
            type: 'InstanceReregistered',
            ...about,
            versionInfo: instance.versionInfo,
            resources: instance.registered,
            attributes: instance.attributes,
          },
        ];
      default:
        return this.random.chance(0.2) ? this.deregister(instance) : [];
    }
  }

  /** The instance disconnects and connects again, and is sometimes lost meanwhile. */
  private connectionStep(instance: ContainerInstance): Events {
    const about = { version: 1, cluster: instance.cluster, instance: instance.id } as const;
    if (instance.lostAt !== undefined && instance.agentConnected) return [{ type: 'InstanceRecovered', ...about }];
    if (this.random.chance(0.3)) {
      const loss = decideLoss(this.state, instance.id);
      if (loss.length > 0) return loss;
    }
    return [{ type: 'InstanceConnectionChanged', ...about, connected: !instance.agentConnected }];
  }

  private deregister(instance: ContainerInstance): Events {
    const about = { version: 1, cluster: instance.cluster, instance: instance.id } as const;
    const tasks = [...this.state.tasksOn(instance.id)];
    const force = tasks.length > 0;
    this.gone.instance = instance;
    const gone: DomainEvent = { type: 'InstanceDeregistered', ...about, force };
    if (!force) return [gone];
    const stoppedReason = 'Container instance deregistration forced by user';
    return [gone, { type: 'TasksGivenUp', ...about, tasks, stopCode: 'UserInitiated', stoppedReason }];
  }

  private place(): Events {
    const ready = [...this.state.instances.values()].filter(
      ({ status, agentConnected, lostAt }) => status === 'ACTIVE' && agentConnected && lostAt === undefined,
    );
    const first = this.random.pick(ready);
    const family = this.random.pick(
      [...this.state.families.values()]
        .flatMap(({ revisions }) => [...revisions.values()])
        .filter(({ status }) => status === 'ACTIVE'),
    );
    if (!first || !family) return [];
    const second = this.random.pick(ready.filter(({ cluster, id }) => cluster === first.cluster && id !== first.id));
    const chosen = second && this.random.chance(0.3) ? [first, second] : [first];
    const token = this.random.chance(0.3) && {
      clientToken: {
        tokenHash: this.random.hex(this.random.chance(0.1) ? 1 : 32),
        parametersHash: this.random.hex(32),
      },
    };
    return chosen.flatMap((instance): Events => {
      const tasks = this.tasksFor(instance, family);
      if (tasks.length === 0) return [];
      return [{ type: 'TasksPlaced', version: 1, cluster: instance.cluster, instance: instance.id, tasks, ...token }];
    });
  }

  private tasksFor(instance: ContainerInstance, definition: TaskDefinition): readonly PlacedTask[] {
    const tasks: PlacedTask[] = [];
    let used = instance.used;
    for (let wanted = this.random.int(1, 4); wanted > 0; wanted -= 1) {
      const task = this.placedTask(definition);
      const needed = { ...task.resources, gpus: task.resources.gpus.length };
      if (lacking(needed, used, instance.registered)) break;
      used = plus(used, task.resources);
      tasks.push(task);
    }
    return tasks;
  }

  private placedTask({ family, revision }: TaskDefinition): PlacedTask {
    const port = this.random.chance(0.2) ? [this.random.int(1_024, 30_000)] : [];
    const resources: Resources = {
      cpu: this.random.int(0, 256),
      memory: this.random.int(16, 512),
      ports: port,
      portsUdp: [],
      gpus: [],
    };
    const containers = ['web', 'sidecar'].map((name, at) => ({
      id: `${this.random.hex(8)}-${this.random.hex(4)}-4${this.random.hex(3)}-8${this.random.hex(3)}-${this.random.hex(12)}`,
      name,
      image: 'busybox:latest',
      cpu: String(resources.cpu),
      memory: String(resources.memory),
      essential: at === 0,
      hasHealthCheck: this.random.chance(0.2),
    }));
    const overrides = this.random.chance(0.2)
      ? { containerOverrides: [{ name: 'web', environment: [{ name: 'TEXT', value: this.oddText() }] }] }
      : {};
    const service = this.random.chance(0.2) && {
      service: { name: `service-${String(this.random.int(0, 3))}`, deployment: `ecs-svc/${this.random.hex(8)}` },
    };
    return {
      id: taskId(this.random.hex(32)),
      taskDefinition: { family, revision },
      containers,
      overrides,
      resources,
      cpu: String(resources.cpu),
      memory: String(resources.memory),
      group: service ? `service:${service.service.name}` : `family:${family}`,
      launchType: this.random.chance(0.9) ? 'EC2' : 'EXTERNAL',
      ...(this.random.chance(0.3) && { startedBy: this.random.pick(['cron', 'ci/42', 'a_b%c']) ?? '' }),
      tags: this.tags(),
      enableExecuteCommand: false,
      availabilityZone: 'us-east-1a',
      ...service,
    };
  }

  private taskStep(): Events {
    const task = this.random.pick(this.state.tasks.values());
    if (!task) return [];
    const about = { version: 1, cluster: task.cluster, instance: task.instance, task: task.id } as const;
    const roll = this.random.next();
    if (roll < 0.05) return [{ type: 'TaskTagsSet', ...about, tags: this.tags() }];
    if (roll < 0.2 && task.desiredStatus === 'RUNNING') {
      return [{ type: 'TaskStopRequested', ...about, stopCode: 'UserInitiated', stoppedReason: this.oddText() }];
    }
    if (task.desiredStatus === 'STOPPED' || roll < 0.3) return [this.stopped(task)];
    return [this.progressed(task)];
  }

  private progressed(task: Task): DomainEvent {
    const running = task.lastStatus === 'PENDING';
    const containers = task.containers.map(({ name, hasHealthCheck }) => ({
      name,
      lastStatus: 'RUNNING' as const,
      ...(running && { runtimeId: this.random.hex(64), imageDigest: `sha256:${this.random.hex(64)}` }),
      ...(running &&
        name === 'web' && {
          networkBindings: [
            {
              bindIP: '0.0.0.0',
              containerPort: 80,
              hostPort: this.random.int(32_768, 60_999),
              protocol: 'tcp' as const,
            },
          ],
        }),
      ...(hasHealthCheck && {
        healthStatus: this.random.pick(['HEALTHY', 'UNHEALTHY', 'UNKNOWN'] as const) ?? 'UNKNOWN',
      }),
    }));
    const { cluster, instance, id } = task;
    return {
      type: 'TaskProgressed',
      version: 1,
      cluster,
      instance,
      task: id,
      lastStatus: 'RUNNING',
      containers,
      ...(running && { pullStartedAt: this.at, pullStoppedAt: this.at + 5 }),
    };
  }

  private stopped(task: Task): DomainEvent {
    this.gone.task = task;
    const containers = task.containers.map(({ name }) => ({
      name,
      lastStatus: 'STOPPED' as const,
      exitCode: this.random.int(0, 137),
      reason: this.oddText(),
    }));
    const { cluster, instance, id } = task;
    return {
      type: 'TaskStopped',
      version: 1,
      cluster,
      instance,
      task: id,
      containers,
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    };
  }

  private definitionStep(): Events {
    const revision = this.random.pick(
      [...this.state.families.values()].flatMap(({ revisions }) => [...revisions.values()]),
    );
    if (!revision || this.random.chance(0.4)) return this.registerRevision();
    const about = { version: 1, family: revision.family, revision: revision.revision } as const;
    if (this.random.chance(0.3)) return [{ type: 'TaskDefinitionTagsSet', ...about, tags: this.tags() }];
    if (revision.status === 'ACTIVE') return [{ type: 'TaskDefinitionDeregistered', ...about }];
    if (revision.status === 'INACTIVE') return [{ type: 'TaskDefinitionDeletionRequested', ...about }];
    return [{ type: 'TaskDefinitionDeleted', ...about }];
  }

  private registerRevision(): Events {
    const family = `family-${String(this.random.int(1, this.options.families))}`;
    const revision = (this.state.families.get(family)?.latest ?? 0) + 1;
    const containerDefinitions = ['web', 'sidecar'].map((name) => ({
      name,
      image: 'busybox:latest',
      cpu: 64,
      memory: 128,
      essential: true,
      environment: [{ name: 'TEXT', value: this.oddText() }],
      dockerLabels: { z: 'last', a: 'first' },
    }));
    const definition = { family, containerDefinitions, networkMode: 'bridge' as const };
    return [
      {
        type: 'TaskDefinitionRegistered',
        version: 1,
        family,
        revision,
        definition,
        tags: this.tags(),
        registeredBy: 'arn:aws:iam::123456789012:root',
      },
    ];
  }

  private accountStep(): Events {
    const name = this.random.pick(['containerInsights', 'awsvpcTrunking']) ?? '';
    const principal = `arn:aws:iam::123456789012:user/${String(this.random.int(1, 3))}`;
    if (this.random.chance(0.2)) return [{ type: 'AccountSettingDeleted', version: 1, name, principal }];
    if (this.random.chance(0.2))
      return [{ type: 'PrincipalCreated', version: 1, name: this.random.hex(8), arn: principal }];
    const value = this.random.chance(0.5) ? 'enabled' : 'disabled';
    return [{ type: 'AccountSettingPut', version: 1, name, value, ...(this.random.chance(0.5) && { principal }) }];
  }

  /** Returns an event about a deleted task or instance. */
  private lateStep(): Events {
    const { task, instance } = this.gone;
    if (task && this.random.chance(0.5)) return [this.random.chance(0.5) ? this.progressed(task) : this.stopped(task)];
    if (!instance || this.state.instances.has(instance.id)) return [];
    const about = { version: 1, cluster: instance.cluster, instance: instance.id } as const;
    if (this.random.chance(0.3)) return [{ type: 'InstanceDeregistered', ...about, force: false }];
    return [{ type: 'InstanceConnectionChanged', ...about, connected: false }];
  }
}

/** Commits the next transactions of `history` until they hold at least `events` events. Returns the last sequence. */
export async function commitHistory(journal: Journal, history: RandomHistory, events: number): Promise<number> {
  let sequence = 0;
  for (let count = 0; count < events;) {
    const transaction = history.next();
    ({ sequence } = await journal.commit(transaction));
    count += transaction.events.length;
  }
  return sequence;
}
