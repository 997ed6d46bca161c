import { errorText } from '@stowage/concurrency';

interface Step {
  readonly what: string;
  readonly undo: () => Promise<unknown>;
}

/** What the demonstration has made so far, and how each part is removed again. */
export class CleanUp {
  private readonly steps: Step[] = [];

  /** Register a part before it is made: it may be there though its creation failed. `undo` must not mind that it is not. */
  add(what: string, undo: Step['undo']): void {
    this.steps.push({ what, undo });
  }

  /** Removes everything, the newest part first. A part that remains is reported, and does not keep the others. */
  async run(report: (sentence: string) => void): Promise<void> {
    for (const { what, undo } of this.steps.splice(0).reverse()) {
      await undo().catch((error: unknown) => report(`Failed to remove ${what}: ${errorText(error)}`));
    }
  }
}
