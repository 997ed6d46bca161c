/** Prints the steps of the demonstration: the purpose, the equivalent command and the result. */
export class Narrator {
  private steps = 0;
  private title = '';

  /** `step` throws the reason of `signal` once it is aborted. */
  constructor(
    private readonly write: (text: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  /** Number and title of the current step. */
  get current(): string {
    return `${String(this.steps)} (${this.title})`;
  }

  step(what: string, command?: string): void {
    this.signal.throwIfAborted();
    this.steps += 1;
    this.title = what;
    this.write(`\n${String(this.steps)}. ${what}\n`);
    if (command !== undefined) this.write(`   $ ${command}\n`);
  }

  result(line: string): void {
    this.write(`   ${line}\n`);
  }
}
