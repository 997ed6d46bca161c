import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient } from './stowage-client';

export interface Output {
  /** Prints the complete answer as JSON. */
  readonly json: boolean;
  readonly print: (line: string) => void;
}

type Fields = Readonly<Record<string, unknown>>;

/** Requests an explanation of a placement and prints it. @throws UserError if the request fails. */
export async function explainPlacement(client: StowageClient, input: object, { json, print }: Output): Promise<void> {
  const answer = await client.call(`${STOWAGE_TARGET}.ExplainPlacement`, input);
  const fields = fieldsOf(answer);
  if (typeof fields['sequence'] !== 'number') throw new NotStowage();
  if (json) {
    print(JSON.stringify(answer, undefined, 2));
    return;
  }
  const decision = fieldsOf(fields['decision']);
  if (fields['decision'] !== undefined) {
    print(
      `Placed on ${shortOf(decision['containerInstanceArn'])} at position ${text(decision['sequence'])} by ${text(decision['scheduler'])}.`,
    );
    const again =
      decision['sameAnswer'] === true
        ? 'Repeating the decision gives the same result.'
        : 'Repeating the decision gives a DIFFERENT result.';
    print(
      `${again}${decision['sameBuild'] === true ? '' : ' The decision was made by another build than the current one.'}`,
    );
  } else print(`The task would be placed on: ${listOf(fields['chosen']).map(shortOf).join(', ') || 'no instance'}.`);
  print(
    `State at position ${text(fields['sequence'])}, seed ${text(fields['seed'] ?? 'none')}, build ${text(fields['build'])}:`,
  );
  print(
    `${text(fields['fitting'])} of ${text(fields['considered'])} container instances fit.${reasonsOf(fields['refused'])}`,
  );
  const change = fieldsOf(fields['smallestChange']);
  if (fields['fitting'] === 0 && fields['smallestChange'] !== undefined) {
    print(
      `The smallest change that makes it fit: on ${shortOf(change['containerInstanceArn'])}, ${listOf(change['changes']).map(text).join(', and ')}.`,
    );
  }
  for (const instance of listOf(fields['instances'])) print(`  ${lineOf(fieldsOf(instance))}`);
  if (fields['nextToken'] !== undefined)
    print(`  ... and more; continue with --next-token ${text(fields['nextToken'])}`);
}

/** Requests the plan of a placement and prints it; nothing is placed. @throws UserError if the request fails. */
export async function planPlacement(client: StowageClient, input: object, { json, print }: Output): Promise<void> {
  const answer = await client.call(`${STOWAGE_TARGET}.PlanPlacement`, input);
  const fields = fieldsOf(answer);
  if (typeof fields['sequence'] !== 'number') throw new NotStowage();
  if (json) {
    print(JSON.stringify(answer, undefined, 2));
    return;
  }
  const { asked, planned, placed, sequence } = fields;
  const isPart = typeof planned === 'number' && planned !== asked;
  const tasks = isPart ? `the first ${text(planned)} of ${text(asked)} tasks` : `${text(asked)} tasks`;
  print(`At position ${text(sequence)}, ${text(placed)} of ${tasks} would be placed; nothing was changed.`);
  for (const placement of listOf(fields['placements'])) {
    const { containerInstanceArn, count } = fieldsOf(placement);
    print(`  ${shortOf(containerInstanceArn)}: ${text(count)}`);
  }
  for (const stop of listOf(fields['stops'])) {
    const { taskArn, containerInstanceArn } = fieldsOf(stop);
    print(`  stop ${shortOf(taskArn)} on ${shortOf(containerInstanceArn)}`);
  }
  if (listOf(fields['failures']).length > 0) print(`The other tasks cannot be placed.${reasonsOf(fields['refused'])}`);
  for (const failure of listOf(fields['failures'])) print(`  ${lineOf(fieldsOf(failure))}`);
}

function lineOf({ containerInstanceArn, fits, scores, refusals, changes }: Fields): string {
  const name = shortOf(containerInstanceArn);
  if (fits === true) {
    const scoreTexts = listOf(scores).map(
      (score) => `${text(fieldsOf(score)['strategy'])} ${text(fieldsOf(score)['value'])}`,
    );
    return [`${name} fits`, ...scoreTexts].join(', ');
  }
  const why = listOf(refusals).map((refusal) => {
    const { reason, asked, there } = fieldsOf(refusal);
    return `${text(reason)} (required ${text(asked)}, available ${text(there)})`;
  });
  return `${name} does not fit: ${why.join('; ')}; it would fit if ${listOf(changes).map(text).join(', and ')}`;
}

function reasonsOf(refused: unknown): string {
  const counts = listOf(refused).map((each) => `${text(fieldsOf(each)['reason'])} ${text(fieldsOf(each)['count'])}`);
  return counts.length > 0 ? ` Rejected: ${counts.join(', ')}.` : '';
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const shortOf = (arn: unknown): string => text(arn).split('/').at(-1) ?? '';
