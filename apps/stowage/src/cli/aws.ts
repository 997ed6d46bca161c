import { spawn } from 'node:child_process';
import { UserError } from '../user-error';
import type { ClientEnvironment } from '../core/environment-file';

/** Base of a shell's exit code for a program that a signal ended. */
const SIGNAL_EXIT_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGKILL: 9 };

/**
 * Runs the AWS CLI against Stowage. Supports versions that do not read AWS_ENDPOINT_URL. Resolves with the exit code.
 */
export function runAws(args: readonly string[], environment: ClientEnvironment): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('aws', ['--endpoint-url', environment.AWS_ENDPOINT_URL, ...args], {
      env: { ...process.env, ...environment, AWS_SESSION_TOKEN: undefined, AWS_PROFILE: undefined },
      stdio: 'inherit',
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = 'The AWS CLI is not installed. On Debian, install it with "apt-get install awscli".';
      reject(new UserError(error.code === 'ENOENT' ? absent : `The AWS CLI failed to start: ${error.message}.`));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? SIGNAL_EXIT_BASE + (SIGNAL_NUMBERS[signal ?? ''] ?? 0));
    });
  });
}
