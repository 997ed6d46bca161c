'use strict';

const path = require('node:path');
const { EVERYTHING, fail, postgresIdentity, setUp } = require('./index');
const { ROOT } = require('./paths');

/** `npm start`: runs the set-up, then Stowage from `dist`. */
async function main() {
  const { nats, postgres, docker, haproxy } = await setUp(EVERYTHING);
  const { startStowage } = require(path.join(ROOT, 'dist/apps/stowage/src/main.js'));
  const tools = { root: ROOT, natsServer: nats, postgres, docker, haproxy, postgresIdentity };
  await startStowage(process.argv.slice(2), tools);
}

main().catch(fail);
