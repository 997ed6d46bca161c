import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import type { LogLevel } from './config';

/** One line of JSON an entry on standard output, with the process's name. */
export function createLogger(name: string, level: LogLevel): Logger {
  return pino({ name, level, redact: ['secret', '*.secret', 'sealedSecret', '*.sealedSecret'] });
}

/** Nest's own lines through our logger: one format for a process. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  // Nest tells of every route and module at level `log`; that is detail here.
  log(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug({ context: contextOf(rest) }, text(message));
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.error({ context: contextOf(rest), ...(message instanceof Error && { err: message }) }, text(message));
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.warn({ context: contextOf(rest) }, text(message));
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug({ context: contextOf(rest) }, text(message));
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.trace({ context: contextOf(rest) }, text(message));
  }
}

const text = (message: unknown): string => {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : JSON.stringify(message);
};

/** Nest passes the context last. */
const contextOf = (rest: readonly unknown[]): unknown => rest.at(-1);
