'use strict';

/**
 * Everything that must be on the machine before Stowage runs or is tested. It runs before `npm ci`: JavaScript on Node's
 * own modules. `npm start`, `npm test` and .ci/run share it.
 */
const { build } = require('./build');
const { dependencies } = require('./dependencies');
const { dockerEngine } = require('./docker-engine');
const { SetUpFailure } = require('./failure');
const { natsServer } = require('./nats-server');
const { postgres, postgresIdentity } = require('./postgres');
const { Progress } = require('./progress');

const LEAST_NODE = [20, 19];

/**
 * @param {{ quiet?: boolean }} [options]
 * @returns {Promise<{ natsServer: string, postgres: string, dockerSocket: string }>} where the tools are
 */
async function setUp(options) {
  refuseOldNode();
  const progress = new Progress(options);
  const packages = async () => {
    await progress.step('dependencies', dependencies);
    const [, bin] = await Promise.all([progress.step('build', build), progress.step('postgres', postgres)]);
    return bin;
  };
  // All at once, but none is left running behind a failure.
  const steps = [packages(), progress.step('docker', dockerEngine), progress.step('nats', natsServer)];
  const [bin, dockerSocket, nats] = await allOrFirstFailure(steps);
  return { natsServer: nats, postgres: bin, dockerSocket };
}

async function allOrFirstFailure(steps) {
  await Promise.allSettled(steps);
  return Promise.all(steps);
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  throw new SetUpFailure(`Stowage needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

module.exports = { SetUpFailure, postgresIdentity, setUp };
