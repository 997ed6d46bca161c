/**
 * Imports point in one direction: apps -> {aws-api, read-model, runtime} -> journal -> domain, and every library but the
 * domain may import concurrency. See docs/ARCHITECTURE.md.
 */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: '\\.spec\\.ts$|/testing/' },
      // re2js computes and does nothing else; one file of the query language has it.
      to: { pathNot: '^libs/domain/src|node_modules/re2js/' },
    },
    {
      name: 'concurrency-imports-nothing',
      severity: 'error',
      from: { path: '^libs/concurrency/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/concurrency/src' },
    },
    {
      name: 'journal-imports-domain-only',
      severity: 'error',
      from: { path: '^libs/journal/src' },
      to: { path: '^(apps|libs/(aws-api|read-model|runtime))' },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/stowage/|\\.spec\\.ts$' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/core/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^(libs/domain/src|apps/[^/]+/src/core/)' },
    },
    {
      name: 'only-docker-engine-imports-dockerode',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: 'docker-engine\\.ts$|\\.spec\\.ts$' },
      to: { path: 'node_modules/dockerode' },
    },
    {
      name: 'nats-only-in-journal-and-runtime',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/(journal|runtime)/|\\.spec\\.ts$' },
      to: { path: 'node_modules/nats/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    // A folder includes the folders inside it: records/ is inside its aggregate's, so commands may use state/, and
    // state/ the records, but nothing below may use a command.
    {
      name: 'no-folder-cycles-in-domain',
      severity: 'error',
      scope: 'folder',
      from: { path: '^libs/domain/src' },
      to: { circular: true },
    },
    {
      name: 'no-tests-in-code',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.stowage)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
