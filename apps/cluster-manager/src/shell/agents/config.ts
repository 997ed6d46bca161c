import { IsInt, IsNumber, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';

/** How the cluster manager deals with agents; each member is read from `STOWAGE_` and its name in capitals. */
export class AgentSideConfig {
  /** An agent that was not heard for so long is disconnected. Agents send a heartbeat every third of it. */
  @IsInt()
  @Min(10)
  leaseMs = 30_000;

  /** How often leases are looked at. */
  @IsInt()
  @Min(1)
  leaseCheckMs = 1_000;

  /** A manager that was busy or cut off for so long trusts nobody's silence, and begins all leases anew. */
  @IsInt()
  @Min(1)
  leaseStallMs = 3_000;

  /** An instance that is away for so long after its disconnection is lost: its tasks are stopped in the books. */
  @IsInt()
  @Min(1)
  lossGraceMs = 120_000;

  /** When more than this part of a cluster falls silent at once, that is doubted; and nobody of them is lost. */
  @IsNumber()
  @Min(0)
  @Max(1)
  massShare = 0.2;

  /** So many may be disconnected at once without a doubt. */
  @IsInt()
  @Min(0)
  massMinimum = 5;

  /** How long a mass silence is doubted, and the time from one declared slice of it to the next. */
  @IsInt()
  @Min(0)
  massDoubtMs = 90_000;

  /** How often tasks that drain are looked at, besides whenever a target changes. */
  @IsInt()
  @Min(1)
  drainCheckMs = 1_000;

  /** A task whose targets are not taken out in time is stopped so much later nevertheless. */
  @IsInt()
  @Min(0)
  drainSlackMs = 30_000;

  /** How long an agent's request may wait for this replica's fold to reach what the agent has seen. */
  @IsInt()
  @Min(1)
  agentFoldTimeoutMs = 5_000;

  /** `ecs.availability-zone` of instances whose agent says none; without it the region's first. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  defaultAvailabilityZone?: string;
}
