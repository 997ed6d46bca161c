import { duplicateOf } from '../duplicate';
import type * as Ecs from '../ecs/shapes';
import { type InvalidSetting, invalidSettingOf } from './invalid-setting';

/** Kernel parameters that each container has its own value of (ECS's model, and runc's list). */
const OF_NETWORK = /^net(?:\.[A-Za-z0-9_-]+)+$/;
const OF_IPC =
  /^(?:kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue(?:\.[A-Za-z0-9_-]+)+)$/;
const OF_HOST_NAME = /^kernel\.domainname$/;

type Task = Pick<Ecs.RegisterTaskDefinitionRequest, 'networkMode' | 'ipcMode'>;

/** @throws Refusal if containers in general, or this one, cannot have their own value of a kernel parameter. */
export function checkSystemControls(container: Ecs.ContainerDefinition, task: Task): void {
  const invalid = invalidSettingOf(container);
  const controls = container.systemControls ?? [];
  for (const { namespace, value } of controls) {
    if (!namespace || !value) throw invalid('systemControls', 'namespace and value must not be empty');
    checkNamespace(namespace, task, invalid);
  }
  const duplicate = duplicateOf(controls.map(({ namespace }) => namespace));
  if (duplicate !== undefined) throw invalid('systemControls', `'${duplicate}' is specified more than once`);
}

function checkNamespace(namespace: string, { networkMode, ipcMode }: Task, invalid: InvalidSetting): void {
  if (OF_NETWORK.test(namespace)) {
    if (networkMode !== 'host') return;
    throw invalid('systemControls', `'${namespace}' belongs to the host when networkMode=host`);
  }
  if (OF_IPC.test(namespace)) {
    if (ipcMode !== 'host') return;
    throw invalid('systemControls', `'${namespace}' belongs to the host when ipcMode=host`);
  }
  if (OF_HOST_NAME.test(namespace)) return;
  throw invalid(
    'systemControls',
    `'${namespace}' belongs to the whole machine. Containers have their own net.*, fs.mqueue.* and kernel.msg*, kernel.sem and kernel.shm*`,
  );
}
