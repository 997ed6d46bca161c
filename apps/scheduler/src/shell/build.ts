import { join } from 'node:path';
import { foldVersion, RUNNING_FOLD } from '@stowage/journal';

/**
 * Identifies the code that decides: the fold and this app's core, as loaded. Every decision records it, so that a later
 * explanation knows whether the same code makes the decision again.
 */
export const RUNNING_BUILD = `${RUNNING_FOLD}-${foldVersion(join(__dirname, '../core'))}`;
