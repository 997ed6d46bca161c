import type { Candidate, PlacementRequest, Unfit } from '../placement-request';

/** One rule that an instance must pass to get a task (ecs-api 5.6.1). */
export interface Filter {
  /** Asked for every instance that is looked at, so it does no more than it must. */
  fits(request: PlacementRequest, candidate: Candidate): boolean;
  /** Why `candidate`, which does not fit, does not. */
  explain(request: PlacementRequest, candidate: Candidate): Unfit;
}
