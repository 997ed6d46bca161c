/** Tells what the demonstration does: what for, the command that does the same, and what came of it. */
export class Narrator {
  private steps = 0;

  constructor(private readonly write: (text: string) => void) {}

  step(what: string, command?: string): void {
    this.steps += 1;
    this.write(`\n${String(this.steps)}. ${what}\n`);
    if (command !== undefined) this.write(`   $ ${command}\n`);
  }

  result(line: string): void {
    this.write(`   ${line}\n`);
  }
}
