export * from './account-setting.view';
export * from './attribute.view';
export * from './cluster.view';
export * from './container-instance.view';
export * from './failure.view';
export * from './resources.view';
export * from './task.view';
export * from './task-definition.view';
