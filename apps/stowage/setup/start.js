'use strict';

const path = require('node:path');
const { ROOT } = require('./paths');
const { postgresIdentity, setUp, SetUpFailure } = require('./index');

/** `npm start`: the set-up, then Stowage itself, out of what the set-up built. */
async function main() {
  const tools = await setUp();
  const { startStowage } = require(path.join(ROOT, 'dist/apps/stowage/src/main.js'));
  await startStowage(process.argv.slice(2), { ...tools, postgresIdentity });
}

main().catch((error) => {
  process.stderr.write(`${error instanceof SetUpFailure ? error.message : error.stack}\n`);
  process.exitCode = 1;
});
