import type { TaskProtectionAnswer, TaskProtectionRequest } from '@stowage/domain';

/** The response of the endpoint: a status and a body, with the names of the ECS agent. */
export interface ProtectionReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function protectionReply(taskArn: string, answer: TaskProtectionAnswer): ProtectionReply {
  switch (answer.outcome) {
    case 'is': {
      const { protectedUntil } = answer;
      const until = protectedUntil === undefined ? {} : { ExpirationDate: new Date(protectedUntil).toISOString() };
      const protection = { ...until, ProtectionEnabled: protectedUntil !== undefined, TaskArn: taskArn };
      return { status: 200, body: { protection } };
    }
    case 'failed':
      return { status: 200, body: { failure: { Arn: taskArn, Detail: answer.detail ?? null, Reason: answer.reason } } };
    case 'refused':
      return errorReply(taskArn, { status: 400, code: answer.code, message: answer.message });
  }
}

interface ProtectionError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export function errorReply(taskArn: string, { status, code, message }: ProtectionError): ProtectionReply {
  return { status, body: { error: { Arn: taskArn, Code: code, Message: message } } };
}

/**
 * Reads the body of a PUT request. Returns undefined if the body is not valid. `ExpiresInMinutes` has an effect only if
 * the request enables protection.
 */
export function wantedProtection(body: unknown): TaskProtectionRequest['set'] | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const given = new Map<string, unknown>(Object.entries(body));
  const [enabled, minutes] = [given.get('ProtectionEnabled'), given.get('ExpiresInMinutes')];
  if (typeof enabled !== 'boolean') return undefined;
  if (minutes === undefined || minutes === null || !enabled) return { protectionEnabled: enabled };
  if (typeof minutes !== 'number' || !Number.isInteger(minutes)) return undefined;
  return { protectionEnabled: enabled, expiresInMinutes: minutes };
}
