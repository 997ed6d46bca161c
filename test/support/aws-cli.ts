import { execFileSync } from 'node:child_process';

/** Whether there is an AWS CLI on this machine; npm does not bring one. */
export function hasAwsCli(): boolean {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
