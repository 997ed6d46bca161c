/**
 * Lets concurrent askers share one question. An asker never gets the answer to a question that was asked before it
 * came: what it did a moment earlier must be in the answer. So at most two are on their way: one, and the next one.
 */
export class Coalesced<Answer> {
  private current: Promise<Answer> | undefined;
  private next: Promise<Answer> | undefined;

  constructor(private readonly question: () => Promise<Answer>) {}

  ask(): Promise<Answer> {
    if (!this.current) return this.begin();
    this.next ??= this.current.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.next;
  }

  private begin(): Promise<Answer> {
    this.next = undefined;
    const answer = this.question().finally(() => {
      if (this.current === answer) this.current = undefined;
    });
    this.current = answer;
    return answer;
  }
}
