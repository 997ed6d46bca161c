import { Inject, Injectable } from '@nestjs/common';
import { parseCluster, parseDefinitionToRun, parseService, parseTask } from '@stowage/aws-api';
import { Semaphore } from '@stowage/concurrency';
import {
  activeCluster,
  type ClusterName,
  containerInstanceArn,
  type Ecs,
  type InstanceId,
  invalidParameter,
  type ReadonlyClusterState,
  Refusal,
  seededRandom,
  serviceKey,
  taskArn,
} from '@stowage/domain';
import { PastOutOfReach, PastStates } from '@stowage/journal';
import { type OperationRequest, RUNTIME, type Runtime } from '@stowage/runtime';
import { SchedulerConfig } from '../config';
import { explainInstances } from '../core/explain';
import type { ClusterIndex } from '../core/index/cluster-index';
import { PlacementIndex } from '../core/index/placement-index';
import { decideAgain } from '../core/past-decision';
import { place } from '../core/place';
import type { PlacementRequest } from '../core/placement-request';
import { oneMoreTask, planServiceChange, type ServiceIn } from '../core/plan-service';
import { parseRunTask, runTaskRequest, runTaskTemplate } from '../core/run-task';
import { drawRandomness } from './draw-randomness';
import type { ExplainPlacement, PlanPlacement } from './explain-inputs';
import { explanationView, reasonCounts } from './explanation-view';
import { type DecisionAbout, findDecision, type FoundDecision } from './past-decisions';
import { SCHEDULER_IDENTITY, type SchedulerIdentity } from './scheduler-identity';

const PAGE_MAX = 100;
/** Number of tasks that one dry run may place. */
const PLANNED_TASKS_MAX = 500;

type Explain = OperationRequest<ExplainPlacement>;
type PlanAsked = OperationRequest<PlanPlacement>;

interface Answer {
  readonly output: object;
  readonly sequence: number;
}

/** A state and its position. */
interface StateAt {
  readonly state: ReadonlyClusterState;
  readonly sequence: number;
}

/** The subject of an explanation: a request on the indexed instances, and what was or would be chosen. */
interface Explained {
  readonly cluster: ClusterName;
  readonly request: PlacementRequest;
  readonly index: ClusterIndex;
  readonly chosen: readonly InstanceId[];
  readonly sequence: number;
}

/** Explains placements and plans them. Writes nothing. */
@Injectable()
export class PlacementExplainer {
  private readonly states: PastStates;
  /** The decision about a stopped task is searched in the whole journal, so only one search runs at a time. */
  private readonly searches = new Semaphore({ permits: 1 });

  constructor(
    @Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'journal' | 'fold' | 'scope' | 'now'>,
    private readonly config: SchedulerConfig,
    @Inject(SCHEDULER_IDENTITY) private readonly self: SchedulerIdentity,
  ) {
    const { dataDir, asOfEventsMax: eventsMax, asOfTimeoutMs: timeoutMs } = config;
    this.states = new PastStates(runtime.journal, { dataDir, eventsMax, timeoutMs, keptMax: 0 });
  }

  /**
   * ExplainPlacement.
   * @throws Refusal
   */
  async explain(request: Explain): Promise<Answer> {
    const { input, atLeast, expect } = request;
    expectNothing(expect);
    await this.runtime.fold.reached(atLeast, this.config.foldTimeoutMs);
    const cluster = parseCluster(this.runtime.scope, input.cluster);
    const given = [input.task, input.service, input.runTask].filter((each) => each !== undefined);
    if (given.length !== 1) throw invalidParameter('Exactly one of task, service and runTask should be specified.');
    if (input.task !== undefined && input.asOf !== undefined) {
      throw invalidParameter('asOf: a task is explained as of its own decision.');
    }
    if (input.task !== undefined) return this.explainTask(cluster, input.task, request);
    const { state, sequence } = await this.stateAt(input.asOf);
    const asked =
      input.runTask === undefined
        ? this.serviceRequest(state, cluster, input.service ?? '')
        : this.runTaskRequest(state, cluster, input.runTask);
    const index = PlacementIndex.of(state).cluster(cluster);
    const { seed } = drawRandomness(0);
    const chosen = place(asked, index, { random: seededRandom(seed) }).chosen.map(({ instance }) => instance.id);
    const page = this.page({ cluster, request: asked, index, chosen, sequence }, input);
    return { output: { ...page, seed, build: this.self.build }, sequence };
  }

  /**
   * PlanPlacement.
   * @throws Refusal
   */
  async plan({ input, atLeast, expect }: PlanAsked): Promise<Answer> {
    expectNothing(expect);
    const { fold, scope, now } = this.runtime;
    await fold.reached(atLeast, this.config.foldTimeoutMs);
    const cluster = parseCluster(scope, input.cluster);
    if ((input.service === undefined) === (input.runTask === undefined)) {
      throw invalidParameter('Exactly one of service and runTask should be specified.');
    }
    if (input.runTask && (input.desiredCount !== undefined || input.taskDefinition !== undefined)) {
      throw invalidParameter('desiredCount and taskDefinition are about a service.');
    }
    const { state, sequence } = await this.stateAt(input.asOf);
    if (input.runTask !== undefined) {
      return this.planned({ cluster, state, sequence }, this.runTaskRequest(state, cluster, input.runTask), input);
    }
    const found = this.service(state, cluster, input.service ?? '');
    const { request, stops } = planServiceChange(state, found, {
      ...(input.desiredCount !== undefined && { desiredCount: input.desiredCount }),
      ...(input.taskDefinition !== undefined && { definition: parseDefinitionToRun(scope, input.taskDefinition) }),
      now: now(),
    });
    const shown = stops.slice(0, PLANNED_TASKS_MAX).map(({ id, instance }) => ({
      taskArn: taskArn(scope, cluster, id),
      containerInstanceArn: containerInstanceArn(scope, cluster, instance),
    }));
    const planned = this.planned({ cluster, state, sequence }, request, input);
    return { ...planned, output: { ...planned.output, stops: shown } };
  }

  private async explainTask(cluster: ClusterName, name: string, request: Explain): Promise<Answer> {
    const { scope } = this.runtime;
    const { input, taskCreatedAt: createdAt } = request;
    const task = parseTask(scope, cluster, name);
    const past = await this.decision({ cluster, task, ...(createdAt !== undefined && { createdAt }) });
    const { basis, sequence } = past;
    const again = decideAgain(past, await this.foldedAt(basis.position));
    const own = past.events.find(({ tasks }) => tasks.some(({ id }) => id === task));
    const page = this.page({ cluster, ...again, sequence: basis.position }, input);
    const decision = {
      taskArn: taskArn(scope, cluster, task),
      ...(own && { containerInstanceArn: containerInstanceArn(scope, cluster, own.instance) }),
      sequence,
      scheduler: basis.scheduler,
      build: basis.build,
      sameBuild: basis.build === this.self.build,
      sameAnswer: again.isSame,
    };
    const { seed } = basis;
    const output = { ...page, decision, ...(seed !== undefined && { seed }), build: this.self.build };
    return { output, sequence: this.runtime.fold.position };
  }

  /** Returns the next page of the instances. */
  private page({ cluster, request, index, chosen, sequence }: Explained, input: ExplainPlacement) {
    const { scope } = this.runtime;
    const all = explainInstances(request, index);
    const fitting = all.filter(({ unfit }) => unfit.length === 0);
    const refused = all.slice(fitting.length);
    const from = offsetOf(input.nextToken);
    const to = from + (input.maxResults ?? PAGE_MAX);
    const [closest] = refused;
    return {
      sequence,
      chosen: chosen.slice(0, PAGE_MAX).map((id) => containerInstanceArn(scope, cluster, id)),
      considered: all.length,
      fitting: fitting.length,
      refused: reasonCounts(refused.flatMap(({ unfit: [first] }) => (first ? [first] : []))),
      ...(closest && {
        smallestChange: {
          containerInstanceArn: containerInstanceArn(scope, cluster, closest.instance.id),
          changes: closest.changes,
        },
      }),
      instances: all.slice(from, to).map((each) => explanationView(each, scope, cluster)),
      ...(to < all.length && { nextToken: String(to) }),
    };
  }

  private planned(
    { cluster, state, sequence }: StateAt & { readonly cluster: ClusterName },
    request: PlacementRequest | undefined,
    { maxResults = PAGE_MAX }: PlanPlacement,
  ): Answer {
    if (!request)
      return {
        output: { sequence, asked: 0, planned: 0, placed: 0, placements: [], refused: [], failures: [] },
        sequence,
      };
    const { scope } = this.runtime;
    const index = PlacementIndex.of(state).cluster(cluster);
    const count = Math.min(request.count, PLANNED_TASKS_MAX);
    const { chosen, refusals } = place({ ...request, count }, index, { random: seededRandom(drawRandomness(0).seed) });
    const held = index.reservation();
    for (const choice of chosen) held.add(choice.instance.id, choice);
    const failures = refusals.length > 0 ? explainInstances(request, index).slice(0, maxResults) : [];
    held.release();
    const output = {
      sequence,
      asked: request.count,
      planned: count,
      placed: chosen.length,
      placements: countsOn(chosen.map(({ instance }) => instance.id)).map(([id, tasks]) => ({
        containerInstanceArn: containerInstanceArn(scope, cluster, id),
        count: tasks,
      })),
      refused: reasonCounts(refusals),
      failures: failures.map((each) => explanationView(each, scope, cluster)),
    };
    return { output, sequence };
  }

  private runTaskRequest(
    state: ReadonlyClusterState,
    cluster: ClusterName,
    asked: Ecs.RunTaskRequest,
  ): PlacementRequest {
    const request = parseRunTask(asked, parseDefinitionToRun(this.runtime.scope, asked.taskDefinition));
    return runTaskRequest(request, runTaskTemplate(request, cluster, { state }));
  }

  /** The request for one more task of the service. */
  private serviceRequest(state: ReadonlyClusterState, cluster: ClusterName, name: string): PlacementRequest {
    return oneMoreTask(state, this.service(state, cluster, name));
  }

  private service(state: ReadonlyClusterState, name: ClusterName, given: string): ServiceIn {
    const cluster = activeCluster(state, name);
    const service = state.services.get(serviceKey(name, parseService(this.runtime.scope, name, given)));
    if (!service) throw invalidParameter('The referenced service was not found.');
    return { service, cluster };
  }

  private async stateAt(asOf: number | undefined): Promise<StateAt> {
    const { fold, journal } = this.runtime;
    if (asOf === undefined) return { state: fold.state, sequence: fold.position };
    if (asOf > fold.position) throw invalidParameter(`asOf is beyond the end of the journal, ${fold.position}.`);
    const sequence = await journal.positionBefore(asOf);
    return { state: await this.foldedAt(sequence), sequence };
  }

  /** Returns a state that is not shared, because a repeated decision changes its index. */
  private async foldedAt(position: number): Promise<ReadonlyClusterState> {
    return this.states.ownAt(position).catch(rethrown);
  }

  private decision(about: DecisionAbout): Promise<FoundDecision> {
    const signal = AbortSignal.timeout(this.config.asOfTimeoutMs);
    const search = (): Promise<FoundDecision> => findDecision(this.runtime, about, signal);
    const denied = (): never => {
      throw new PastOutOfReach('Another search for a decision is in progress. Please try again later.');
    };
    return this.searches.run(search, { signal, denied }).catch(rethrown);
  }
}

/** Rejects a condition, because an operation that writes nothing cannot check it. */
function expectNothing(expect: number | undefined): void {
  if (expect !== undefined)
    throw invalidParameter('x-stowage-expect: it is for writes, and this operation writes nothing.');
}

function rethrown(error: unknown): never {
  throw error instanceof PastOutOfReach ? new Refusal('LimitExceededException', error.message) : error;
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  if (!/^\d{1,9}$/.test(token)) throw invalidParameter('Invalid token.');
  return Number(token);
}

function countsOn(ids: readonly InstanceId[]): readonly (readonly [InstanceId, number])[] {
  const counts = new Map<InstanceId, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts];
}
