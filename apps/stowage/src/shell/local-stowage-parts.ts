import type { StowageConfig } from '../config';
import type { StartOptions } from '../start-options';
import type { Tools } from '../tools';
import type { DataFolder } from './data-folder';

/** Settings and paths of a local Stowage. */
export interface LocalStowageParts {
  readonly options: StartOptions;
  readonly folder: DataFolder;
  readonly tools: Tools;
  readonly config: StowageConfig;
}
