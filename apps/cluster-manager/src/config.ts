import { IsInt, Min } from 'class-validator';
import { AgentSideConfig } from './shell/agents/config';

/** The cluster manager's own settings; see docs/configuration.md. */
export class ClusterManagerConfig extends AgentSideConfig {
  /** Time within which the fold must reach the position that a request needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /**
   * Shortest time that a task definition stays in DELETE_IN_PROGRESS. It must be longer than a scheduler takes from
   * reading a definition to committing a placement of it.
   */
  @IsInt()
  @Min(0)
  taskDefinitionDeletionDelayMs = 60_000;

  /** Interval of the check for task definitions whose deletion can be finished. */
  @IsInt()
  @Min(1)
  taskDefinitionDeletionCheckMs = 5_000;
}
