import { IsInt, IsNumber, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';

/** Settings of the part that communicates with agents; see docs/configuration.md. */
export class AgentSideConfig {
  /** Time without a heartbeat after which an agent is disconnected. Agents send a heartbeat every third of it. */
  @IsInt()
  @Min(10)
  leaseMs = 30_000;

  /** Interval at which leases are checked. */
  @IsInt()
  @Min(1)
  leaseCheckMs = 1_000;

  /**
   * Time of a stall or a lost connection of this manager after which it restarts all leases, because it may have
   * missed heartbeats.
   */
  @IsInt()
  @Min(1)
  leaseStallMs = 3_000;

  /** Time after its disconnection after which an instance is lost and its tasks are stopped in the state. */
  @IsInt()
  @Min(1)
  lossGraceMs = 120_000;

  /**
   * Share of the instances of a cluster that may be silent at the same time. Beyond it, none of them is declared lost
   * for `massDoubtMs`.
   */
  @IsNumber()
  @Min(0)
  @Max(1)
  massShare = 0.2;

  /** Number of instances that may always be disconnected at the same time, without regard to `massShare`. */
  @IsInt()
  @Min(0)
  massMinimum = 5;

  /**
   * Time for which a mass silence is doubted, and the delay between the groups of instances that are then declared
   * lost.
   */
  @IsInt()
  @Min(0)
  massDoubtMs = 90_000;

  /** Interval at which draining tasks are checked, in addition to every change of a target. */
  @IsInt()
  @Min(1)
  drainCheckMs = 1_000;

  /** Time after the deregistration delay after which a task is stopped although its targets are not drained. */
  @IsInt()
  @Min(0)
  drainSlackMs = 30_000;

  /** Time for which an agent's request waits until this replica has folded the position that the agent has seen. */
  @IsInt()
  @Min(1)
  agentFoldTimeoutMs = 5_000;

  /** `ecs.availability-zone` of instances whose agent reports none. Default: the region's first zone. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  defaultAvailabilityZone?: string;
}
