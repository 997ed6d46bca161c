/**
 * Lets concurrent callers share one call. A caller never receives the result of a call that began before the caller
 * arrived, because that result may not include what the caller did a moment earlier. At most two calls are pending: the
 * running one and the next one, which all callers that arrive meanwhile share.
 */
export class SingleFlight<Result> {
  private running: Promise<Result> | undefined;
  private next: Promise<Result> | undefined;

  constructor(private readonly call: () => Promise<Result>) {}

  run(): Promise<Result> {
    if (!this.running) return this.start();
    this.next ??= this.running.then(
      () => this.start(),
      () => this.start(),
    );
    return this.next;
  }

  private start(): Promise<Result> {
    this.next = undefined;
    const result = this.call().finally(() => {
      if (this.running === result) this.running = undefined;
    });
    this.running = result;
    return result;
  }
}
