import type { Candidate, PlacementRequest, Unfit } from '../placement-request';

/** One rule that an instance must pass to receive a task (ecs-api 5.6.1). */
export interface Filter {
  /** Returns whether the instance passes. It runs for every candidate, so it must be cheap. */
  fits(request: PlacementRequest, candidate: Candidate): boolean;
  /** Returns why a candidate that does not fit breaks this rule. */
  explain(request: PlacementRequest, candidate: Candidate): Unfit;
}
