import type { Failure } from './facts';

/** What Docker was asked to bring a container to, in the words of ECS's DockerTimeoutError. */
export type Transition = 'pulled' | 'created' | 'running' | 'stopped';

/** Docker's refusal of a pull: whether the registry wants other credentials, has no such image, or failed otherwise. */
export function pullFailure(message: string): Failure {
  if (/unauthorized|authentication required|no basic auth credentials|pull access denied|denied:/i.test(message)) {
    return { error: 'CannotPullContainerAuthError', message };
  }
  if (/manifest unknown|manifest for .* not found/i.test(message)) {
    return { error: 'CannotPullImageManifestError', message };
  }
  return { error: 'CannotPullContainerError', message };
}

/** Docker's refusal to create or start a container. */
export function containerFailure(transition: 'created' | 'running', message: string): Failure {
  return { error: transition === 'created' ? 'CannotCreateContainerError' : 'CannotStartContainerError', message };
}

/** Docker did not answer, or was not there, for as long as the transition may take. */
export function timeoutFailure(transition: Transition, timeoutMs: number): Failure {
  return {
    error: 'DockerTimeoutError',
    message: `Could not transition to ${transition}; timed out after waiting ${goDuration(timeoutMs)}`,
  };
}

/** As Go prints a duration, which is how ECS shows it: `4m0s`, `1.5s`, `20ms`. */
export function goDuration(ms: number): string {
  if (ms < 1_000) return `${String(ms)}ms`;
  const seconds = ms / 1_000;
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = `${String(Number((seconds % 60).toFixed(3)))}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${rest}`;
  return minutes > 0 ? `${String(minutes)}m${rest}` : rest;
}
