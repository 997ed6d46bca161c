#!/usr/bin/env node
'use strict';

const path = require('node:path');
const { COMMAND_LINE, fail, setUp } = require('../setup');
const { ROOT } = require('../setup/paths');

/** Set-up steps that a command needs besides those of the command line itself. */
const NEEDS = { agent: ['docker'], demo: ['docker', 'busybox'] };

/** `npx stowage ...`: runs the set-up steps that the command needs, then the command. */
async function main() {
  const argv = process.argv.slice(2);
  const command = argv.find((word, at) => !word.startsWith('-') && argv[at - 1] !== '--data');
  const tools = await setUp([...COMMAND_LINE, ...(NEEDS[command] ?? [])], { quiet: true });
  const { runCommandLine } = require(path.join(ROOT, 'dist/apps/stowage/src/cli/main.js'));
  await runCommandLine(argv, { root: ROOT, ...tools });
}

main().catch(fail);
