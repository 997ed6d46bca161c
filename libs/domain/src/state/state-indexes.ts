import type { ContainerInstance } from '../container-instance/records/container-instance';
import type { ClusterName, InstanceId, TaskId } from '../ids';
import type { TargetGroup } from '../load-balancing/records/target-group';
import { type ServiceKey, serviceKey } from '../service/records/service';
import type { Task } from '../task/records/task';
import type { FamilyNumbering, TaskDefinition } from '../task-definition/records/task-definition';
import type { RecordKind, RecordOf } from './records';

/** The revisions of one family. `latest` is the highest number ever used, including deleted revisions. */
export interface TaskDefinitionFamily {
  readonly latest: number;
  readonly revisions: ReadonlyMap<number, TaskDefinition>;
}

/** Callbacks for every change of instances and tasks during the fold. Indexes over the state are updated by them. */
export interface StateWatcher {
  /** `after` is undefined if the state removes the record, because the instance left or the task stopped. */
  instanceChanged(before: ContainerInstance | undefined, after: ContainerInstance | undefined): void;
  taskChanged(before: Task | undefined, after: Task | undefined): void;
}

interface MutableFamily {
  latest: number;
  readonly revisions: Map<number, TaskDefinition>;
}

/** Callback for a change of a record. `before` or `after` is undefined if the state has no such record. */
export type Indexes = {
  readonly [Kind in RecordKind]?: (before: RecordOf<Kind> | undefined, after: RecordOf<Kind> | undefined) => void;
};

/** Indexes of the state for faster lookups. Each method updates the indexes of one kind. */
export class StateIndexes implements Indexes {
  readonly clusterInstances = new Map<ClusterName, Set<InstanceId>>();
  readonly instanceTasks = new Map<InstanceId, Set<TaskId>>();
  readonly serviceTasks = new Map<ServiceKey, Set<TaskId>>();
  readonly taskTargetGroups = new Map<TaskId, Set<string>>();
  readonly families = new Map<string, MutableFamily>();
  readonly watchers: StateWatcher[] = [];

  instance(before: ContainerInstance | undefined, after: ContainerInstance | undefined): void {
    if (before && !after) this.clusterInstances.get(before.cluster)?.delete(before.id);
    if (after && !before) addTo(this.clusterInstances, after.cluster, after.id);
    for (const watcher of this.watchers) watcher.instanceChanged(before, after);
  }

  task(before: Task | undefined, after: Task | undefined): void {
    if (before && !after) {
      removeFrom(this.instanceTasks, before.instance, before.id);
      if (before.service) removeFrom(this.serviceTasks, serviceKey(before.cluster, before.service.name), before.id);
    }
    if (after && !before) {
      addTo(this.instanceTasks, after.instance, after.id);
      if (after.service) addTo(this.serviceTasks, serviceKey(after.cluster, after.service.name), after.id);
    }
    for (const watcher of this.watchers) watcher.taskChanged(before, after);
  }

  'task-definition'(before: TaskDefinition | undefined, after: TaskDefinition | undefined): void {
    if (after) this.family(after.family).revisions.set(after.revision, after);
    else if (before) this.family(before.family).revisions.delete(before.revision);
  }

  'task-definition-family'(_: FamilyNumbering | undefined, after: FamilyNumbering | undefined): void {
    if (after) this.family(after.family).latest = after.latest;
  }

  'target-group'(before: TargetGroup | undefined, after: TargetGroup | undefined): void {
    if (before?.targets === after?.targets) return;
    if (before) for (const task of tasksIn(before)) removeFrom(this.taskTargetGroups, task, before.name);
    if (after) for (const task of tasksIn(after)) addTo(this.taskTargetGroups, task, after.name);
  }

  private family(name: string): MutableFamily {
    const known = this.families.get(name);
    if (known) return known;
    const family = { latest: 0, revisions: new Map<number, TaskDefinition>() };
    this.families.set(name, family);
    return family;
  }
}

function tasksIn({ targets }: TargetGroup): readonly TaskId[] {
  return targets.flatMap(({ task }) => (task ? [task.task] : []));
}

function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}
