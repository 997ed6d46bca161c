/** Something that a person has to mend. Its message is one sentence and all that is shown: no stack. */
export class ClearFailure extends Error {
  override readonly name = 'ClearFailure';
}
