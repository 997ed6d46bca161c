'use strict';

const { readFileSync, readdirSync, existsSync } = require('node:fs');
const path = require('node:path');
const { mustRunAsRoot, run, onPath } = require('./run');

/** @returns {{ id: string, like: string[], codename: string, name: string }} the operating system of this machine */
function operatingSystem(text = read('/etc/os-release')) {
  const fields = Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^([A-Z_]+)=(?:"(.*)"|(.*))$/.exec(line.trim()))
      .filter(Boolean)
      .map(([, name, quoted, plain]) => [name, quoted ?? plain]),
  );
  return {
    id: fields.ID ?? 'unknown',
    like: (fields.ID_LIKE ?? '').split(' ').filter(Boolean),
    codename: fields.VERSION_CODENAME ?? '',
    name: fields.PRETTY_NAME ?? fields.NAME ?? 'this system',
  };
}

function hasApt() {
  const { id, like } = operatingSystem();
  return [id, ...like].some((name) => name === 'debian' || name === 'ubuntu') && onPath('apt-get') !== undefined;
}

/**
 * Returns the Debian mirror of this machine's apt configuration, or undefined if it has none. `apt-get indextargets`
 * covers every format of source files. The files are read as well, for an apt without downloaded lists.
 */
async function debianMirror() {
  const listed = await run('apt-get', ['indextargets', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages']);
  const asked = listed.code === 0 ? listed.output.split('\n').map((line) => line.trim().split(' ')) : [];
  return mirrorOf([...asked, ...sourceFiles()]);
}

/** @param {string[][]} sources pairs of site and release */
function mirrorOf(sources) {
  const suits = ([site, release]) => /\/debian\/?$/.test(site) && release !== undefined && !/security/.test(release);
  return sources.find((source) => suits(source))?.[0].replace(/\/$/, '');
}

function sourceFiles(folder = '/etc/apt') {
  const parts = path.join(folder, 'sources.list.d');
  const files = existsSync(parts) ? readdirSync(parts).map((name) => path.join(parts, name)) : [];
  return [path.join(folder, 'sources.list'), ...files].flatMap((file) => sourcesIn(read(file)));
}

/** Reads both formats of apt: `deb [options] URI SUITE ...`, and stanzas with `URIs:` and `Suites:`. */
function sourcesIn(text) {
  const lines = [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm)].map(([, site, suite]) => [site, suite]);
  const stanzas = text.split(/\n\s*\n/).flatMap((stanza) => {
    const site = /^URIs:\s*(\S+)/im.exec(stanza)?.[1];
    const suite = /^Suites:\s*(\S+)/im.exec(stanza)?.[1];
    return site && suite ? [[site, suite]] : [];
  });
  return [...lines, ...stanzas];
}

/**
 * Installs Debian packages from the machine's own sources. Refreshes apt's lists first if they do not contain the
 * package.
 */
async function aptInstall(why, packages) {
  const aptGet = (...args) => mustRunAsRoot(why, 'env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  const install = () => aptGet('install', '-y', '--no-install-recommends', ...packages);
  const known = await run('apt-cache', ['show', ...packages]);
  if (known.code === 0) {
    // Old lists may name versions that the mirror has deleted; retry once with new lists.
    try {
      return await install();
    } catch {}
  }
  await aptGet('update');
  return install();
}

/** Returns the newest version of a package in the machine's own sources, or undefined. */
async function aptCandidate(name) {
  const { code, output } = await run('apt-cache', ['policy', name]);
  const version = code === 0 ? /Candidate:\s*(\S+)/.exec(output)?.[1] : undefined;
  return version === '(none)' ? undefined : version;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

module.exports = { aptCandidate, aptInstall, debianMirror, hasApt, mirrorOf, operatingSystem, sourcesIn };
