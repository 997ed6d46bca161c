import { join } from 'node:path';
import type { Command } from 'commander';
import { ClearFailure } from '../clear-failure';
import type { CommandContext } from './context';
import { status } from './status';

interface AgentFlags {
  readonly join?: string;
  readonly server?: string;
  readonly zone?: string;
  readonly bind?: string;
}

interface PrepareFlags {
  readonly nats: readonly string[];
  readonly natsOutside: readonly string[];
  readonly postgres: string;
  readonly endpoint: string;
  readonly region: string;
}

/** What is done on this machine. What is large is loaded by the command that needs it. */
export function addMachineCommands(program: Command, context: CommandContext): void {
  const { tools, folder, environment, print, tell } = context;

  program
    .command('agent')
    .description('make this machine a container instance of a Stowage elsewhere')
    .option(
      '--join <file>',
      'at the first start: a file with a token of "npx stowage join-token", or - for standard input',
    )
    .option(
      '--server <host>',
      'where that Stowage has its API, as host, host:port or URL: at the first start, and after it moved',
    )
    .option('--zone <name>', 'the availability zone that this machine is in')
    .option('--bind <address>', "where containers' ports are bound; by default on every address")
    .action(async ({ join: tokenFile, ...others }: AgentFlags) => {
      const docker = needed(tools.docker, 'Docker Engine');
      const directory = join(folder().agents, 'joined');
      const { runAgent } = await import('./agent.js');
      process.exitCode = await runAgent({ directory, docker, ...(tokenFile && { tokenFile }), ...others }, tell);
    });

  program
    .command('demo')
    .description('show what Stowage does, with the aws command for each step')
    .option('--only-tasks', 'leave out the service behind a load balancer, which takes two minutes more')
    .action(async ({ onlyTasks = false }: { readonly onlyTasks?: boolean }) => {
      const { runDemo } = await import('../demo/run-demo.js');
      const busybox = needed(tools.busybox, 'busybox');
      await runDemo({ folder: folder(), root: tools.root, busybox, onlyTasks });
    });

  program
    .command('prepare')
    .description('make the keys and settings of a deployment whose parts run apart, such as docker/compose.yaml')
    .argument('<directory>', 'where; it is the same for everything that is made to run with it')
    .requiredOption('--nats <hosts...>', 'the NATS nodes, by their names among each other')
    .requiredOption('--nats-outside <addresses...>', 'the same, as host:port for machines that join')
    .requiredOption('--postgres <host>', 'the database')
    .requiredOption('--endpoint <url>', 'the API, as clients reach it')
    .option('--region <name>', 'which it answers for', 'us-east-1')
    .action(async (directory: string, flags: PrepareFlags) => {
      const { nats: natsNodes, natsOutside: natsFromOutside, postgres: postgresHost, endpoint, region } = flags;
      const { prepareDeployment } = await import('./prepare.js');
      await prepareDeployment({ directory, natsNodes, natsFromOutside, postgresHost, endpoint, region });
      tell(`Everything is in ${directory}.`);
    });

  program
    .command('status')
    .description('show what of Stowage runs on this machine')
    .action(async () => {
      process.exitCode = (await status(folder(), environment(), print)) ? 0 : 1;
    });

  program
    .command('reset')
    .description('remove the containers, networks, volumes, processes and state that Stowage made, and nothing else')
    .action(async () => {
      const { reset } = await import('./reset.js');
      await reset(folder(), tell);
    });
}

/** The set-up, which ran before, has it for the commands that need it. */
function needed(tool: string | undefined, name: string): string {
  if (tool === undefined) throw new ClearFailure(`There is no ${name}.`);
  return tool;
}
