import type { Random } from '../seeded-random';
import type { ServiceMessageDraft, ServiceMessage } from './records/messages';

const DIGITS = 19;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SERVICE_DEPLOYMENT_LENGTH = 21;

/** Returns a random number of 19 digits as text, below 2^63 like ECS's. */
export function randomDigits(random: Random): string {
  let text = String(1 + random.below(8));
  while (text.length < DIGITS) text += String(random.below(10));
  return text;
}

export const randomDeploymentId = (random: Random): string => `ecs-svc/${randomDigits(random)}`;

export function randomServiceDeploymentId(random: Random): string {
  return Array.from({ length: SERVICE_DEPLOYMENT_LENGTH }, () => LETTERS[random.below(LETTERS.length)]).join('');
}

/** Returns a random UUID (version 4) as text. */
export function randomUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16));
  hex[12] = '4';
  hex[16] = (8 + random.below(4)).toString(16);
  const text = hex.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

/** Returns each draft as a service event with its own id. */
export function messagesOf(drafts: readonly ServiceMessageDraft[], random: Random): readonly ServiceMessage[] {
  return drafts.map((draft) => ({ id: randomUuid(random), ...draft }));
}
