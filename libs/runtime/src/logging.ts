import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import type { LogLevel } from './config';

/** Returns a logger that writes one line of JSON per entry to standard output, with the name of the process. */
export function createLogger(name: string, level: LogLevel): Logger {
  return pino({ name, level, redact: ['secret', '*.secret', 'sealedSecret', '*.sealedSecret'] });
}

/** Passes Nest's messages to our logger, so that a process has one log format. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  // Nest logs every route and module at level `log`, which is level `debug` here.
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

/** Nest passes the context as the last argument. */
const contextOf = (rest: readonly unknown[]): unknown => rest.at(-1);
