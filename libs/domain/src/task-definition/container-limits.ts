/** The least that Docker gives a container, in MiB (ecs-api 5.17). */
export const CONTAINER_MEMORY_MIN_MIB = 6;
/** The name of the agent's own container of a task, which holds the namespaces that the task's containers share. */
export const PAUSE_CONTAINER = 'internalecspause';
