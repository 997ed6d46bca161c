import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { DataFolder } from '../shell/data-folder';
import { clientEnvironment } from './client-environment';
import type { CommandLineTools } from './context';
import { addDeploymentCommands } from './deployment-commands';
import { addMachineCommands } from './machine-commands';
import { addPlacementCommands } from './placement-commands';

/** `npx stowage ...`. @throws ClearFailure */
export async function runCommandLine(argv: readonly string[], tools: CommandLineTools): Promise<void> {
  const program = new Command('stowage')
    .description('Talks to a Stowage, and does to it what the Amazon ECS API has no word for.')
    .option('--data <folder>', "the data of this machine's Stowage", join(tools.root, '.stowage'))
    .showHelpAfterError('(--help after the command shows its options)');
  // Who reads the output may have had enough, as `head` does.
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const folder = () => new DataFolder(resolve(program.opts<{ data: string }>().data));
  const context = {
    tools,
    folder,
    environment: () => clientEnvironment(folder().path),
    print: (line: string): void => void process.stdout.write(`${line}\n`),
    tell: (sentence: string): void => void process.stderr.write(`${sentence}\n`),
  };
  addDeploymentCommands(program, context);
  addPlacementCommands(program, context);
  addMachineCommands(program, context);
  await program.parseAsync(argv, { from: 'user' });
}
