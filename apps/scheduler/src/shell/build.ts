import { join } from 'node:path';
import { foldVersion, RUNNING_FOLD } from '@stowage/journal';

/**
 * Names the code that decides: what folds, and this app's core, as they were loaded. A decision bears it, so that one
 * who asks for it later knows whether it is made again by the same code.
 */
export const RUNNING_BUILD = `${RUNNING_FOLD}-${foldVersion(join(__dirname, '../core'))}`;
