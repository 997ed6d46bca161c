import { isEcrImage } from '@stowage/domain';
import type { Failure } from './facts';
import { parseImage } from '../images/image-reference';

/** The state that the agent requested for a container, as ECS's DockerTimeoutError names it. */
export type Transition = 'pulled' | 'created' | 'running' | 'stopped';

/**
 * Converts Docker's error for a pull. The error name distinguishes rejected credentials, a missing image and other
 * failures. For an image in ECR the message also explains the configuration, because on AWS none is necessary.
 */
export function pullFailure(message: string, image: string): Failure {
  if (/manifest unknown|manifest for .* not found/i.test(message)) {
    return { error: 'CannotPullImageManifestError', message };
  }
  if (isEcrImage(image)) {
    return {
      error: 'CannotPullContainerError',
      message: `${sentence(message)} ${ecrAdvice(parseImage(image).registry)}`,
    };
  }
  if (/unauthorized|authentication required|no basic auth credentials|pull access denied|denied:/i.test(message)) {
    return { error: 'CannotPullContainerAuthError', message };
  }
  return { error: 'CannotPullContainerError', message };
}

/** Docker's messages often end without a full stop. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function ecrAdvice(registry: string): string {
  const region = registry.split('.')[3] ?? 'REGION';
  return (
    'The image is in Amazon ECR, and the container instance pulls with its own login: run ' +
    `"aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}" there as ` +
    'the user of the agent, or configure the credential helper ecr-login, or set STOWAGE_AGENT_ENGINE_AUTH_FILE. Or bring ' +
    'the image there under this name, with "docker load" or "docker tag".'
  );
}

/** Converts Docker's error for the create or start of a container. */
export function containerFailure(transition: 'created' | 'running', message: string): Failure {
  return { error: transition === 'created' ? 'CannotCreateContainerError' : 'CannotStartContainerError', message };
}

/** Docker did not answer, or was unavailable, until the timeout of the transition. */
export function timeoutFailure(transition: Transition, timeoutMs: number): Failure {
  return {
    error: 'DockerTimeoutError',
    message: `Could not transition to ${transition}; timed out after waiting ${goDuration(timeoutMs)}`,
  };
}

/** Formats a duration as Go and therefore ECS do: `4m0s`, `1.5s`, `20ms`. */
export function goDuration(ms: number): string {
  if (ms < 1_000) return `${String(ms)}ms`;
  const seconds = ms / 1_000;
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = `${String(Number((seconds % 60).toFixed(3)))}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${rest}`;
  return minutes > 0 ? `${String(minutes)}m${rest}` : rest;
}
