import { errorText } from '@stowage/concurrency';

interface Step {
  readonly what: string;
  readonly undo: () => Promise<unknown>;
}

/** Undo steps for the resources that the demonstration has created so far. */
export class CleanUp {
  private readonly steps: Step[] = [];

  /**
   * Call this before the creation, which may fail after its effect. `undo` must accept that there is nothing to remove.
   */
  add(what: string, undo: Step['undo']): void {
    this.steps.push({ what, undo });
  }

  /** Runs all undo steps, the newest first. Reports a step that fails, and continues with the others. */
  async run(report: (sentence: string) => void): Promise<void> {
    for (const { what, undo } of this.steps.splice(0).reverse()) {
      await undo().catch((error: unknown) => report(`Failed to remove ${what}: ${errorText(error)}`));
    }
  }
}
