import type { ContainerInstance } from '../container-instance/records/container-instance';
import { minus } from '../resources';
import { serviceKey } from '../service/records/service';
import { evolveTask, type Task } from '../task/records/task';
import { countsAs } from '../task/records/task-status';
import { countInCluster } from './count-in-cluster';
import { countInService } from './count-in-service';
import type { EventApplication } from './event-application';
import { EVENT_RECORDS } from './records';
import type { StateStore, TouchedRecords } from './state-store';

const { keysIn } = EVENT_RECORDS.task;

/** Applies events of tasks, which also change the counters of cluster and service, and the instance's ledger. */
export const TASK_EVENTS: EventApplication<'task'> = {
  apply(store, event, at) {
    for (const id of keysIn(event)) {
      const before = store.get('task', id);
      if (!before || before.lastStatus === 'STOPPED') continue;
      const after = evolveTask(before, event, at);
      store.put('task', after);
      countTransition(store, before, after);
      countInService(store, before, after, at);
    }
  },
  touched: (event) => ({ cluster: [event.cluster], instance: [event.instance], task: keysIn(event) }),
};

/** Returns the records that change together with a task for any event: its instance, cluster and service. */
export const touchedWith = ({ cluster, instance, service }: Task): TouchedRecords => ({
  cluster: [cluster],
  instance: [instance],
  service: service ? [serviceKey(cluster, service.name)] : [],
});

/** Updates the counters and, if the task stopped, the ledger after a change of a task. */
function countTransition(store: StateStore, before: Task, after: Task): void {
  const [from, to] = [countsAs(before.lastStatus), countsAs(after.lastStatus)];
  const delta = {
    pending: Number(to === 'pending') - Number(from === 'pending'),
    running: Number(to === 'running') - Number(from === 'running'),
  };
  if (from !== to) countInCluster(store, before.cluster, delta);
  const instance = store.get('instance', before.instance);
  if (instance) store.put('instance', afterTransition(instance, before, after, delta));
}

function afterTransition(
  instance: ContainerInstance,
  before: Task,
  after: Task,
  delta: { readonly pending: number; readonly running: number },
): ContainerInstance {
  const stopped = after.lastStatus === 'STOPPED';
  const was = dynamicPorts(before);
  const is = stopped ? { tcp: [], udp: [] } : dynamicPorts(after);
  const portsChanged = was.tcp.join() !== is.tcp.join() || was.udp.join() !== is.udp.join();
  if (!stopped && !portsChanged && delta.pending === 0 && delta.running === 0) return instance;
  return {
    ...instance,
    version: instance.version + 1,
    pendingTasksCount: instance.pendingTasksCount + delta.pending,
    runningTasksCount: instance.runningTasksCount + delta.running,
    used: stopped ? minus(instance.used, after.resources) : instance.used,
    dynamicPorts: [...instance.dynamicPorts.filter((port) => !was.tcp.includes(port)), ...is.tcp],
    dynamicPortsUdp: [...instance.dynamicPortsUdp.filter((port) => !was.udp.includes(port)), ...is.udp],
  };
}

/** Returns the host ports of a task that the agent reports and the ledger did not reserve. */
function dynamicPorts(task: Task): { readonly tcp: readonly number[]; readonly udp: readonly number[] } {
  const bindings = task.containers.flatMap(({ networkBindings }) => networkBindings);
  const of = (protocol: 'tcp' | 'udp', fixed: readonly number[]): readonly number[] =>
    bindings
      .filter((binding) => (binding.protocol ?? 'tcp') === protocol && binding.hostPort !== undefined)
      .map(({ hostPort }) => hostPort ?? 0)
      .filter((port) => !fixed.includes(port));
  return { tcp: of('tcp', task.resources.ports), udp: of('udp', task.resources.portsUdp) };
}
