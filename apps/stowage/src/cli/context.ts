import type { ClientEnvironment } from '../core/environment-file';
import type { DataFolder } from '../shell/data-folder';

/** What the set-up hands over to the command line. */
export interface CommandLineTools {
  /** The folder of this clone. */
  readonly root: string;
  readonly docker?: string;
  readonly busybox?: string;
}

/** What commands need; the functions look at options that are known only once the command line was read. */
export interface CommandContext {
  readonly tools: CommandLineTools;
  readonly folder: () => DataFolder;
  /** @throws ClearFailure no Stowage to call is known. */
  readonly environment: () => ClientEnvironment;
  /** What the command answers. */
  readonly print: (line: string) => void;
  /** What it does meanwhile. */
  readonly tell: (sentence: string) => void;
}
