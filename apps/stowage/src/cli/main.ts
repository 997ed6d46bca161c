import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { DataFolder } from '../shell/data-folder';
import { clientEnvironment } from './client-environment';
import type { CommandLineTools } from './context';
import { addDeploymentCommands } from './deployment-commands';
import { addMachineCommands } from './machine-commands';
import { addPlacementCommands } from './placement-commands';

/** Runs `npx stowage ...`. @throws UserError if the user can fix the cause. */
export async function runCommandLine(argv: readonly string[], tools: CommandLineTools): Promise<void> {
  const program = new Command('stowage')
    .description('Manages a Stowage deployment, beyond the operations of the Amazon ECS API.')
    .option('--data <folder>', "data folder of this machine's Stowage", join(tools.root, '.stowage'))
    .showHelpAfterError('(use --help after the command to show its options)');
  // The reader of the output may close the pipe early, as `head` does.
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const folder = () => new DataFolder(resolve(program.opts<{ data: string }>().data));
  const context = {
    tools,
    folder,
    environment: () => {
      const isNamed = program.getOptionValueSource('data') === 'cli';
      return clientEnvironment({ path: folder().path, isNamed });
    },
    print: (line: string): void => void process.stdout.write(`${line}\n`),
    report: (sentence: string): void => void process.stderr.write(`${sentence}\n`),
  };
  addDeploymentCommands(program, context);
  addPlacementCommands(program, context);
  addMachineCommands(program, context);
  await program.parseAsync(argv, { from: 'user' });
}
