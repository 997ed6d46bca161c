import { ApiError } from '@stowage/aws-api';

/** Limits the number of requests in progress. Further requests are throttled before their body is read. */
export class RequestGate {
  private inFlight = 0;

  constructor(
    private readonly inFlightMax: number,
    private readonly refusal: string,
  ) {}

  /**
   * Admits a request. Returns a function that releases its slot; calling it again has no effect.
   * @throws ApiError ThrottlingException, which every client retries, if the limit is reached.
   */
  enter(): () => void {
    if (this.inFlight >= this.inFlightMax) {
      throw new ApiError('ThrottlingException', this.refusal, { retryAfterSeconds: 1 });
    }
    this.inFlight += 1;
    let inside = true;
    return () => {
      if (inside) this.inFlight -= 1;
      inside = false;
    };
  }
}
