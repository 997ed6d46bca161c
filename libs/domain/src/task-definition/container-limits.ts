/** Docker's minimum for the memory of a container, in MiB (ecs-api 5.17). */
export const CONTAINER_MEMORY_MIN_MIB = 6;
/** Name of the agent's own container in each task, which holds the namespaces that the containers share. */
export const PAUSE_CONTAINER = 'internalecspause';
