import { errorText } from '@stowage/concurrency';
import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../user-error';
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

/** Adds the commands that explain and plan the placement of tasks. */
export function addPlacementCommands(program: Command, { environment, print }: CommandContext): void {
  const common = (command: Command): Command =>
    command
      .option('--cluster <name>', 'short name or ARN of the cluster; by default "default"')
      .option(
        '--as-of <sequence>',
        'use the state at this position of the journal',
        wholeNumber(1, Number.MAX_SAFE_INTEGER),
      )
      .option('--max-results <count>', 'maximum number of container instances to show', wholeNumber(1, INSTANCES_MAX))
      .option('--json', 'print the complete answer as JSON', false);
  const request = '--run-task <parameters>';
  const requestIs = 'name of a task definition, or parameters of RunTask as JSON';

  common(program.command('explain'))
    .description('explain the placement of a task, existing or new, for each container instance')
    .argument('[task]', 'id, unique prefix of an id, or ARN of a task that was placed at any time')
    .option('--service <name>', 'explain one more task of this service')
    .option(request, requestIs, parametersOf)
    .option('--next-token <token>', 'continue after a previous answer')
    .action(async (task: string | undefined, { json, ...options }: Flags & Subject) => {
      const client = stowageClient(environment());
      const about = { ...options, ...(task !== undefined && { task: await findTask(client, task, options.cluster) }) };
      await explainPlacement(client, about, { json, print });
    });

  common(program.command('plan'))
    .description('show the placements that RunTask or a change of a service would cause, without making them')
    .option('--service <name>', 'plan a change of this service')
    .option('--desired-count <count>', 'new number of tasks of the service', wholeNumber(0, SERVICE_TASKS_MAX))
    .option('--task-definition <name>', 'new task definition of the service')
    .option(request, requestIs, parametersOf)
    .option('--count <count>', 'number of tasks', wholeNumber(1, RUN_TASK_COUNT_MAX))
    .action(async ({ json, runTask, count, ...options }: Flags & Subject & { readonly count?: number }) => {
      if (count !== undefined && !runTask)
        throw new UserError('--count requires --run-task; for a service, use --desired-count.');
      const asked = runTask && { runTask: { ...runTask, ...(count !== undefined && { count }) } };
      await planPlacement(stowageClient(environment()), { ...options, ...asked }, { json, print });
    });
}

/** Returns parameters of RunTask from JSON, or from the name of a task definition. */
function parametersOf(text: string): object {
  if (!text.trimStart().startsWith('{')) return { taskDefinition: text };
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new InvalidArgumentError(`It is not valid JSON: ${errorText(error)}`);
  }
}
