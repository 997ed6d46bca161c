import type { Command } from 'commander';
import { wholeNumber } from '../whole-number';
import type { CommandContext } from './context';
import { explainPlacement, planPlacement } from './explain';
import { stowageClient } from './stowage-client';

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
  readonly runTask?: string;
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

  common(program.command('explain'))
    .description('say why a task is where it is, or where one would go, and for each container instance why not')
    .argument('[task]', 'id or ARN of a task that was placed, also long ago')
    .option('--service <name>', 'one more task of this service')
    .option(request, 'a task definition, or parameters of RunTask as JSON')
    .action(async (task: string | undefined, { json, service, runTask, ...options }: Flags & Subject) => {
      const about = { ...(task && { task }), ...(service && { service }), ...(runTask && parametersOf(runTask)) };
      await explainPlacement(stowageClient(environment()), { ...options, ...about }, { json, print });
    });

  common(program.command('plan'))
    .description('say what RunTask, or a change of a service, would place where; nothing is done')
    .option('--service <name>', 'what it would start or stop')
    .option('--desired-count <count>', 'of the service', wholeNumber(0, SERVICE_TASKS_MAX))
    .option('--task-definition <name>', 'new, of the service')
    .option(request, 'a task definition, or parameters of RunTask as JSON')
    .option('--count <count>', 'so many tasks of it', wholeNumber(1, RUN_TASK_COUNT_MAX))
    .action(async ({ json, runTask, count, ...options }: Flags & Subject & { readonly count?: number }) => {
      const asked = runTask && parametersOf(runTask, count);
      await planPlacement(stowageClient(environment()), { ...options, ...asked }, { json, print });
    });
}

/** JSON as RunTask takes it, or the name of a definition alone. */
function parametersOf(text: string, count?: number): { readonly runTask: object } {
  const parameters: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : { taskDefinition: text };
  return { runTask: { ...(parameters as object), ...(count !== undefined && { count }) } };
}
