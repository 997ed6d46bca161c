import type { ClientEnvironment } from '../core/environment-file';
import type { DataFolder } from '../shell/data-folder';

/** Paths that the set-up passes to the command line. */
export interface CommandLineTools {
  /** Root folder of this clone. */
  readonly root: string;
  readonly docker?: string;
  readonly busybox?: string;
}

/**
 * Dependencies of the commands. Members that depend on global options are functions, because the options are parsed
 * later.
 */
export interface CommandContext {
  readonly tools: CommandLineTools;
  readonly folder: () => DataFolder;
  /** @throws UserError if there is neither an endpoint in the environment nor a file `env`. */
  readonly environment: () => ClientEnvironment;
  /** Prints a line of the command's result to standard output. */
  readonly print: (line: string) => void;
  /** Prints a message about progress to standard error. */
  readonly report: (sentence: string) => void;
}
