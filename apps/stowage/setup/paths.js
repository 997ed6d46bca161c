'use strict';

const path = require('node:path');

/** The folder of this clone. */
const ROOT = path.resolve(__dirname, '..', '..', '..');

/** What Stowage keeps: tools that were fetched (`bin`, `apt`), and, unless `--data` says otherwise, its state. */
const STATE = path.join(ROOT, '.stowage');

module.exports = { ROOT, STATE };
