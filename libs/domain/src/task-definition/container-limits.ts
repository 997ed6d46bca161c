/** The least that Docker gives a container, in MiB (ecs-api 5.17). */
export const CONTAINER_MEMORY_MIN_MIB = 6;
