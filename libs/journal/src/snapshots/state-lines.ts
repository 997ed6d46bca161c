import {
  type AccountSettings,
  type Cluster,
  ClusterState,
  type ContainerInstance,
  invariant,
  type JoinToken,
  type JournalId,
  type LoadBalancer,
  type Principal,
  type Service,
  type ServiceDeployment,
  type TargetGroup,
  type Task,
  type TaskDefinition,
} from '@stowage/domain';
import type { FoldedState } from '../follower';
import type { Subject } from '../journal';
import { LastSequences } from '../last-sequences';
import { RecentKeys } from '../recent-keys';

/** First line of a snapshot. */
export interface SnapshotHeader {
  readonly fold: string;
  readonly journal: JournalId;
  readonly position: number;
}

/** One line of a snapshot: a header, one record each, and the count of the lines before as a last one. */
export type SnapshotLine =
  | { readonly header: SnapshotHeader }
  | { readonly cluster: Cluster }
  | { readonly task: Task }
  | { readonly instance: ContainerInstance }
  | { readonly service: Service }
  | { readonly serviceDeployment: ServiceDeployment }
  | { readonly family: readonly [name: string, latest: number] }
  | { readonly taskDefinition: TaskDefinition }
  | { readonly loadBalancer: LoadBalancer }
  | { readonly targetGroup: TargetGroup }
  | { readonly accountSettings: AccountSettings }
  | { readonly principal: Principal }
  | { readonly joinToken: JoinToken }
  | { readonly last: readonly [Subject, number] }
  | { readonly key: readonly [string, number] }
  | { readonly end: number };

/**
 * A fold as lines. The references to all records are taken at once, which makes the cut: records never change, only the
 * maps do. What is expensive, turning records into text, the caller does at its leisure.
 */
export function linesOf(folded: FoldedState, header: SnapshotHeader): readonly SnapshotLine[] {
  const { state, lastSequences, keys } = folded;
  const families = [...state.families];
  const lines: SnapshotLine[] = [
    { header },
    ...lined(state.clusters.values(), (cluster) => ({ cluster })),
    // Tasks before instances: an instance that left is only kept while tasks are on it.
    ...lined(state.tasks.values(), (task) => ({ task })),
    ...lined(state.instances.values(), (instance) => ({ instance })),
    ...lined(state.services.values(), (service) => ({ service })),
    ...lined(state.serviceDeployments.values(), (serviceDeployment) => ({ serviceDeployment })),
    ...families.map(([name, { latest }]): SnapshotLine => ({ family: [name, latest] })),
    ...families.flatMap(([, { revisions }]) => lined(revisions.values(), (taskDefinition) => ({ taskDefinition }))),
    ...lined(state.loadBalancers.values(), (loadBalancer) => ({ loadBalancer })),
    ...lined(state.targetGroups.values(), (targetGroup) => ({ targetGroup })),
    { accountSettings: state.accountSettings() },
    ...lined(state.principals.values(), (principal) => ({ principal })),
    ...lined(state.joinTokens.values(), (joinToken) => ({ joinToken })),
    ...lined(lastSequences.entries(), (last) => ({ last })),
    ...lined(keys.entries(), (key) => ({ key })),
  ];
  lines.push({ end: lines.length });
  return lines;
}

function lined<Item>(items: Iterable<Item>, line: (item: Item) => SnapshotLine): SnapshotLine[] {
  return Array.from(items, line);
}

/** Builds a fold up again, line by line. */
export class FoldRestoration {
  private readonly state = new ClusterState();
  private readonly last: (readonly [Subject, number])[] = [];
  private readonly keys: (readonly [string, number])[] = [];
  private lines = 0;
  private complete = false;
  private read: SnapshotHeader | undefined;

  get header(): SnapshotHeader | undefined {
    return this.read;
  }

  add(line: SnapshotLine): void {
    invariant(!this.complete, 'Nothing comes after the end of a snapshot.');
    if ('end' in line) {
      invariant(line.end === this.lines, 'A snapshot has the lines that it says.');
      this.complete = true;
      return;
    }
    this.lines += 1;
    if ('header' in line) this.read = line.header;
    else if ('last' in line) this.last.push(line.last);
    else if ('key' in line) this.keys.push(line.key);
    else this.put(line);
  }

  done(): FoldedState {
    invariant(this.complete && this.read, 'A snapshot has a header and an end.');
    return {
      state: this.state,
      position: this.read.position,
      lastSequences: new LastSequences(this.last),
      keys: new RecentKeys(this.keys),
    };
  }

  private put(line: Exclude<SnapshotLine, { readonly header: unknown }>): void {
    if ('cluster' in line) this.state.putCluster(line.cluster);
    else if ('task' in line) this.state.putTask(line.task);
    else if ('instance' in line) this.state.putInstance(line.instance);
    else if ('service' in line) this.state.putService(line.service);
    else if ('serviceDeployment' in line) this.state.putServiceDeployment(line.serviceDeployment);
    else if ('family' in line)
      this.state.families.set(line.family[0], { latest: line.family[1], revisions: new Map() });
    else if ('taskDefinition' in line) this.state.putTaskDefinition(line.taskDefinition);
    else if ('loadBalancer' in line) this.state.putLoadBalancer(line.loadBalancer);
    else if ('targetGroup' in line) this.state.putTargetGroup(line.targetGroup);
    else if ('accountSettings' in line) this.state.putAccountSettings(line.accountSettings);
    else if ('principal' in line) this.state.putPrincipal(line.principal);
    else if ('joinToken' in line) this.state.putJoinToken(line.joinToken);
  }
}
