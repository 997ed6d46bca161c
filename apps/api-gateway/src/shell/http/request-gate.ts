import { ApiError } from '@stowage/aws-api';

/** How many requests are being answered. Whoever comes beyond the bound is told to slow down, before a byte is read. */
export class RequestGate {
  private inFlight = 0;

  constructor(
    private readonly inFlightMax: number,
    private readonly refusal: string,
  ) {}

  /** @throws ApiError ThrottlingException, which every client tries again. Returns how to leave, once. */
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
