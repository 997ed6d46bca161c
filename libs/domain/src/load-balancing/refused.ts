import { Refusal } from '../refusal';

/** Returns the error for a feature that HAProxy, or a single machine, does not have. */
export function notSupported(what: string, instead?: string): Refusal {
  return new Refusal(
    'InvalidConfigurationRequestException',
    `${what} is not supported${instead === undefined ? '' : `: ${instead}`}`,
  );
}

/** Returns the error for a request that contradicts itself or the state of its resource. */
export const invalidConfiguration = (message: string): Refusal =>
  new Refusal('InvalidConfigurationRequestException', message);
