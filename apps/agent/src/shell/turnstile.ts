/** Lets so many operations through at a time; of those that wait, urgent ones go first, each kind in its order. */
export class Turnstile {
  private inside = 0;
  private readonly urgent: (() => void)[] = [];
  private readonly patient: (() => void)[] = [];

  constructor(private readonly places: number) {}

  async pass<T>(urgency: 'urgent' | 'patient', operation: () => Promise<T>): Promise<T> {
    if (this.inside >= this.places) {
      await new Promise<void>((resolve) => (urgency === 'urgent' ? this.urgent : this.patient).push(resolve));
    } else {
      this.inside += 1;
    }
    try {
      return await operation();
    } finally {
      // The place is handed on, never given back first: nobody can slip in between.
      const next = this.urgent.shift() ?? this.patient.shift();
      if (next) next();
      else this.inside -= 1;
    }
  }
}
