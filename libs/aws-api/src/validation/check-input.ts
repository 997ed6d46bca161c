import { type ValidationError, validateSync } from 'class-validator';
import { ApiError, type ApiErrorCode } from '../errors';
import { entryPath, memberPath } from '../model/member-path';
import type { SupportedOperation } from '../model/operation';

const OPTIONS = {
  forbidUnknownValues: false,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
} as const;

/**
 * Checks a decoded input against the model's limits. @throws ApiError that names the first member that violates one.
 */
export function checkInput(operation: SupportedOperation, input: object): void {
  const [error] = validateSync(input, OPTIONS);
  if (!error) return;
  const { path, message, code } = firstBroken(error, '');
  throw new ApiError(
    code ?? operation.refusal,
    message.replaceAll('{path}', () => capitalized(path)),
  );
}

interface Broken {
  readonly path: string;
  readonly message: string;
  readonly code?: ApiErrorCode;
}

function firstBroken(error: ValidationError, above: string): Broken {
  // class-validator names the entries of lists by their index. No member of the models has such a name.
  const isEntry = /^\d+$/.test(error.property);
  const path = isEntry ? entryPath(above, error.property) : memberPath(above, error.property);
  const [broken] = Object.entries(error.constraints ?? {});
  if (broken) {
    const [name, message] = broken;
    // Only decorators.ts writes contexts.
    const context = error.contexts?.[name] as { readonly code?: ApiErrorCode } | undefined;
    return { path, message, ...(context?.code && { code: context.code }) };
  }
  const [child] = error.children ?? [];
  return child ? firstBroken(child, path) : { path, message: '{path} is invalid.' };
}

/** ECS's sentences start with a capital letter, even if they start with a member's name. */
function capitalized(path: string): string {
  return path.slice(0, 1).toUpperCase() + path.slice(1);
}
