'use strict';

const path = require('node:path');

/** Root folder of this clone. */
const ROOT = path.resolve(__dirname, '..', '..', '..');

/** Folder of the fetched tools (`bin`, `apt`) and, without `--data`, of the state. */
const STATE = path.join(ROOT, '.stowage');

module.exports = { ROOT, STATE };
