'use strict';

/**
 * The set-up: it prepares the machine to run or test Stowage. It uses only Node's own modules, because it runs before
 * `npm ci`. `npm start`, `npx stowage`, `npm test` and .ci/run share it.
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

/** The steps of the set-up. `after` lists the steps that must be done before. */
const STEPS = {
  dependencies: { work: dependencies, after: [] },
  build: { work: build, after: ['dependencies'] },
  postgres: { work: postgres, after: ['dependencies'] },
  docker: { work: dockerEngine, after: [] },
  nats: { work: natsServer, after: [] },
  // The apt steps run one after the other, because apt holds a lock.
  haproxy: { work: haproxy, after: ['docker'] },
  busybox: { work: busybox, after: ['docker', 'haproxy'] },
};

/** The steps that `npm start` and `npm test` need. */
const EVERYTHING = ['dependencies', 'build', 'docker', 'haproxy', 'nats', 'postgres'];
const COMMAND_LINE = ['dependencies', 'build'];

/**
 * Runs the steps concurrently, as far as their `after` allows. If a step fails, waits for the others to end before it
 * rejects.
 * @param {(keyof STEPS)[]} names
 * @param {{ quiet?: boolean }} [options]
 * @returns {Promise<Partial<Record<keyof STEPS, string>>>} the path of each tool
 */
async function setUp(names, options) {
  checkNodeVersion();
  checkRootFolder();
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

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  throw new SetUpFailure(
    `Stowage needs Node.js ${LEAST_NODE.join('.')} or newer, and this is ${process.versions.node}: install a newer one.`,
  );
}

/** Postgres runs its programs through a shell and puts their paths in double quotes. */
function checkRootFolder() {
  if (!/["$`\\\n]/.test(ROOT)) return;
  throw new SetUpFailure(
    `Stowage cannot run in ${JSON.stringify(ROOT)}: the path of its folder must not contain ", $, \`, a backslash or ` +
      'a line break. Move the folder.',
  );
}

/**
 * Prints a failure and sets the exit code: only the message if the user can fix the cause, otherwise with the stack.
 */
function fail(error) {
  const isClear = error instanceof SetUpFailure || error?.name === 'UserError';
  process.stderr.write(`${isClear ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
}

module.exports = { COMMAND_LINE, EVERYTHING, fail, postgresIdentity, setUp };
