import type { Candidate, PlacementRequest, RefusalReason } from '../placement-request';

/** One rule that an instance must pass to get a task. It says why not, so that nobody has to guess (ecs-api 5.5.3). */
export interface Filter {
  readonly name: string;
  /** `undefined`: the instance passes. */
  whyNot(request: PlacementRequest, candidate: Candidate): RefusalReason | undefined;
}
