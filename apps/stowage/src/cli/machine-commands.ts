import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../user-error';
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

/** Adds the commands that work on this machine. A command imports large modules only when it runs. */
export function addMachineCommands(program: Command, context: CommandContext): void {
  const { tools, folder, environment, print, report } = context;

  program
    .command('agent')
    .description('make this machine a container instance of a Stowage elsewhere')
    .option(
      '--join <file>',
      'at the first start: file with a token from "npx stowage join-token", or - for standard input',
    )
    .option(
      '--server <host>',
      'API of that Stowage as host, host:port or URL; needed at the first start and after the API has moved',
    )
    .option('--zone <name>', 'availability zone of this machine')
    .option('--bind <address>', 'address on which the ports of containers are bound; by default all addresses')
    .action(async ({ join: tokenFile, ...others }: AgentFlags) => {
      const docker = needed(tools.docker, 'Docker Engine');
      const directory = join(folder().agents, 'joined');
      const { runAgent } = await import('./agent.js');
      process.exitCode = await runAgent({ directory, docker, ...(tokenFile && { tokenFile }), ...others }, report);
    });

  program
    .command('demo')
    .description('demonstrate Stowage, with the aws command for each step')
    .option('--only-tasks', 'skip the service behind a load balancer, which takes two more minutes')
    .action(async ({ onlyTasks = false }: { readonly onlyTasks?: boolean }) => {
      const { runDemo } = await import('../demo/run-demo.js');
      const busybox = needed(tools.busybox, 'busybox');
      await runDemo({ folder: folder(), root: tools.root, busybox, onlyTasks });
    });

  program
    .command('prepare')
    .description('create the keys and settings of a distributed deployment, such as docker/compose.yaml')
    .argument('<directory>', 'output folder; the services must see it under the same path')
    .requiredOption('--nats <hosts...>', 'host names of the NATS nodes, as they reach each other')
    .requiredOption(
      '--nats-outside <addresses...>',
      'addresses of the same nodes as host:port, as joining machines reach them',
    )
    .requiredOption('--postgres <host>', 'host of the database')
    .requiredOption('--endpoint <url>', 'URL of the API, as clients reach it')
    .option('--region <name>', 'region of the deployment', 'us-east-1')
    .action(async (directory: string, flags: PrepareFlags) => {
      const { nats: natsNodes, natsOutside: natsFromOutside, postgres: postgresHost, endpoint, region } = flags;
      const { prepareDeployment } = await import('./prepare.js');
      await prepareDeployment({ directory, natsNodes, natsFromOutside, postgresHost, endpoint, region });
      report(`Wrote the keys and settings to ${directory}.`);
    });

  program
    .command('status')
    .description('show the processes of Stowage on this machine')
    .action(async () => {
      process.exitCode = (await status(folder(), environment(), print)) ? 0 : 1;
    });

  program
    .command('reset')
    .description('remove the containers, networks, volumes, processes and state that Stowage created, and nothing else')
    .action(async () => {
      const { reset } = await import('./reset.js');
      await reset(folder(), report);
    });
}

/** Returns the path of a tool, which the set-up provides for the commands that need it. */
function needed(tool: string | undefined, name: string): string {
  if (tool === undefined)
    throw new UserError(`${name} is missing: run "npx stowage" in a clone of the repository, which installs it.`);
  return tool;
}
