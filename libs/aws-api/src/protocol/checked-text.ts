import { ApiError } from '../errors';

/**
 * Rejects text that would be changed later: arguments and environment variables of a process, columns of Postgres and
 * XML documents cannot contain NUL, and Docker replaces half a surrogate pair. `path` names the member.
 * @throws ApiError InvalidParameterException
 */
export function checkedText(text: string, path: string): string {
  if (text.includes('\u0000')) {
    throw new ApiError('InvalidParameterException', `${path} contains a NUL character. Remove it.`);
  }
  if (LONE_SURROGATE.test(text)) {
    throw new ApiError('InvalidParameterException', `${path} is not valid Unicode: it has half a surrogate pair.`);
  }
  return text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
