import { IsInt, Min } from 'class-validator';
import { AgentSideConfig } from './shell/agents/config';

/** The cluster manager's own settings; each is read from `STOWAGE_` and its name in capitals. */
export class ClusterManagerConfig extends AgentSideConfig {
  /** How long the fold may take to reach the position that a request needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /**
   * How long a task definition stays in DELETE_IN_PROGRESS at least. Longer than a scheduler may take from reading a
   * definition to committing a placement of it.
   */
  @IsInt()
  @Min(0)
  taskDefinitionDeletionDelayMs = 60_000;

  /** How often it is looked for task definitions whose deletion can be finished. */
  @IsInt()
  @Min(1)
  taskDefinitionDeletionCheckMs = 5_000;
}
