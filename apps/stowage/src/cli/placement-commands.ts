import { type Command, InvalidArgumentError } from 'commander';
import { ClearFailure } from '../clear-failure';
import { wholeNumber } from '../whole-number';
import type { CommandContext } from './context';
import { explainPlacement, planPlacement } from './explain';
import { stowageClient } from './stowage-client';
import { findTask } from './tasks';

const INSTANCES_MAX = 100;
const SERVICE_TASKS_MAX = 5_000;
const RUN_TASK_COUNT_MAX = 10;

interface Flags {
  readonly cluster?: string;
  readonly asOf?: number;
  readonly maxResults?: number;
  readonly json: boolean;
}

interface Subject {
  readonly service?: string;
  readonly runTask?: object;
}

/** Why tasks go where they go, and where they would. */
export function addPlacementCommands(program: Command, { environment, print }: CommandContext): void {
  const common = (command: Command): Command =>
    command
      .option('--cluster <name>', 'short name or ARN; by default the one called "default"')
      .option(
        '--as-of <sequence>',
        'on the state at this position of the journal',
        wholeNumber(1, Number.MAX_SAFE_INTEGER),
      )
      .option('--max-results <count>', 'tell of so many container instances', wholeNumber(1, INSTANCES_MAX))
      .option('--json', 'all that is known, as JSON', false);
  const request = '--run-task <parameters>';
  const requestIs = 'a task definition, or parameters of RunTask as JSON';

  common(program.command('explain'))
    .description('say why a task is where it is, or where one would go, and for each container instance why not')
    .argument('[task]', 'id, beginning of an id, or ARN of a task that was placed, also long ago')
    .option('--service <name>', 'one more task of this service')
    .option(request, requestIs, parametersOf)
    .option('--next-token <token>', 'go on where an answer before has ended')
    .action(async (task: string | undefined, { json, ...options }: Flags & Subject) => {
      const client = stowageClient(environment());
      const about = { ...options, ...(task !== undefined && { task: await findTask(client, task, options.cluster) }) };
      await explainPlacement(client, about, { json, print });
    });

  common(program.command('plan'))
    .description('say what RunTask, or a change of a service, would place where; nothing is done')
    .option('--service <name>', 'what it would start or stop')
    .option('--desired-count <count>', 'of the service', wholeNumber(0, SERVICE_TASKS_MAX))
    .option('--task-definition <name>', 'new, of the service')
    .option(request, requestIs, parametersOf)
    .option('--count <count>', 'so many tasks of it', wholeNumber(1, RUN_TASK_COUNT_MAX))
    .action(async ({ json, runTask, count, ...options }: Flags & Subject & { readonly count?: number }) => {
      if (count !== undefined && !runTask)
        throw new ClearFailure('--count is of --run-task; of a service it is --desired-count.');
      const asked = runTask && { runTask: { ...runTask, ...(count !== undefined && { count }) } };
      await planPlacement(stowageClient(environment()), { ...options, ...asked }, { json, print });
    });
}

/** JSON as RunTask takes it, or the name of a definition alone. */
function parametersOf(text: string): object {
  if (!text.trimStart().startsWith('{')) return { taskDefinition: text };
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
