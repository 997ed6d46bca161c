import { spawn } from 'node:child_process';
import { ClearFailure } from '../clear-failure';
import type { ClientEnvironment } from '../core/environment-file';

/** Exit code of a shell for a program that a signal ended. */
const SIGNAL_EXIT_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGKILL: 9 };

/** Runs the AWS CLI against Stowage, also an older one that does not know AWS_ENDPOINT_URL. Resolves with its exit code. */
export function runAws(args: readonly string[], environment: ClientEnvironment): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('aws', ['--endpoint-url', environment.AWS_ENDPOINT_URL, ...args], {
      env: { ...process.env, ...environment, AWS_SESSION_TOKEN: undefined, AWS_PROFILE: undefined },
      stdio: 'inherit',
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = 'The AWS CLI is not installed: on Debian, "apt-get install awscli" has it.';
      reject(new ClearFailure(error.code === 'ENOENT' ? absent : `The AWS CLI does not start: ${error.message}.`));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? SIGNAL_EXIT_BASE + (SIGNAL_NUMBERS[signal ?? ''] ?? 0));
    });
  });
}
