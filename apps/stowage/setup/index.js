'use strict';

/**
 * Everything that must be on the machine before Stowage runs or is tested. It runs before `npm ci`: JavaScript on Node's
 * own modules. `npm start`, `npx stowage`, `npm test` and .ci/run share it.
 */
const { build } = require('./build');
const { busybox } = require('./busybox');
const { dependencies } = require('./dependencies');
const { dockerEngine } = require('./docker-engine');
const { SetUpFailure } = require('./failure');
const { haproxy } = require('./haproxy');
const { ROOT } = require('./paths');
const { natsServer } = require('./nats-server');
const { postgres, postgresIdentity } = require('./postgres');
const { Progress } = require('./progress');

const LEAST_NODE = [20, 19];

/** What each part of the set-up needs done before it. */
const STEPS = {
  dependencies: { work: dependencies, after: [] },
  build: { work: build, after: ['dependencies'] },
  postgres: { work: postgres, after: ['dependencies'] },
  docker: { work: dockerEngine, after: [] },
  nats: { work: natsServer, after: [] },
  // One after the other: apt works for one at a time.
  haproxy: { work: haproxy, after: ['docker'] },
  busybox: { work: busybox, after: ['docker', 'haproxy'] },
};

/** What each way to run needs. */
const EVERYTHING = ['dependencies', 'build', 'docker', 'haproxy', 'nats', 'postgres'];
const COMMAND_LINE = ['dependencies', 'build'];

/**
 * Does the steps that are not done yet, as far as they do not wait for each other all at once; none is left running
 * behind a failure.
 * @param {(keyof STEPS)[]} names
 * @param {{ quiet?: boolean }} [options]
 * @returns {Promise<Partial<Record<keyof STEPS, string>>>} where each tool is
 */
async function setUp(names, options) {
  refuseOldNode();
  refuseUnusableFolder();
  const progress = new Progress(options);
  const steps = new Map();
  for (const name of names) {
    const before = Promise.all(STEPS[name].after.map((other) => steps.get(other)));
    steps.set(
      name,
      before.then(() => progress.step(name, STEPS[name].work)),
    );
  }
  await Promise.allSettled(steps.values());
  return Object.fromEntries(await Promise.all([...steps].map(async ([name, step]) => [name, await step])));
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  throw new SetUpFailure(`Stowage needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Postgres puts the paths of its programs in double quotes when it has a shell start them. */
function refuseUnusableFolder() {
  if (!/["$`\\\n]/.test(ROOT)) return;
  throw new SetUpFailure(
    `Stowage does not run in ${JSON.stringify(ROOT)}: the path of its folder may hold no ", $, \`, backslash or ` +
      'line break. Move the folder.',
  );
}

/** The end of a program that failed: one sentence where a person has to mend something, else all there is. */
function fail(error) {
  const isClear = error instanceof SetUpFailure || error?.name === 'ClearFailure';
  process.stderr.write(`${isClear ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
}

module.exports = { COMMAND_LINE, EVERYTHING, fail, postgresIdentity, setUp };
