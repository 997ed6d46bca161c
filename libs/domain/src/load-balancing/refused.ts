import { Refusal } from '../refusal';

/** What HAProxy, or one machine, has no counterpart of. */
export function notSupported(what: string, instead?: string): Refusal {
  return new Refusal(
    'InvalidConfigurationRequestException',
    `${what} is not supported${instead === undefined ? '' : `: ${instead}`}`,
  );
}

/** Shorthand: a request that contradicts itself, or the state of what it is about. */
export const invalidConfiguration = (message: string): Refusal =>
  new Refusal('InvalidConfigurationRequestException', message);
