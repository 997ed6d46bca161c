import { errorText } from '@stowage/concurrency';
import { runCommandLine } from './main';

/** The command line without the set-up, for a container with Docker's socket mounted for the agent. */
runCommandLine(process.argv.slice(2), { root: process.cwd(), docker: '/var/run/docker.sock' }).catch(
  (error: unknown) => {
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = 1;
  },
);
