import { execFileSync } from 'node:child_process';

/** Returns true if this machine has an AWS CLI, which npm does not install. */
export function hasAwsCli(): boolean {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
