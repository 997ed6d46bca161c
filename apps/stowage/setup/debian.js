'use strict';

const { readFileSync, readdirSync, existsSync } = require('node:fs');
const path = require('node:path');
const { mustRunAsRoot, run, onPath } = require('./run');

/** @returns {{ id: string, like: string[], codename: string, name: string }} of this machine */
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
 * The Debian mirror that this machine uses, as its own apt configuration names it; undefined where it names none.
 * `indextargets` reads every kind of source file; the files themselves are the fallback for an apt without lists.
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

/** Both formats of apt: `deb [options] URI SUITE ...`, and the stanzas with `URIs:` and `Suites:`. */
function sourcesIn(text) {
  const lines = [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm)].map(([, site, suite]) => [site, suite]);
  const stanzas = text.split(/\n\s*\n/).flatMap((stanza) => {
    const site = /^URIs:\s*(\S+)/im.exec(stanza)?.[1];
    const suite = /^Suites:\s*(\S+)/im.exec(stanza)?.[1];
    return site && suite ? [[site, suite]] : [];
  });
  return [...lines, ...stanzas];
}

/** Installs Debian packages from the machine's own sources; refreshes apt's lists first when they know no such package. */
async function aptInstall(why, packages) {
  const aptGet = (...args) => mustRunAsRoot(why, 'env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  const install = () => aptGet('install', '-y', '--no-install-recommends', ...packages);
  const known = await run('apt-cache', ['show', ...packages]);
  if (known.code === 0) {
    // Lists may be old, and name versions that the mirror no longer has: then once more with new ones.
    try {
      return await install();
    } catch {}
  }
  await aptGet('update');
  return install();
}

/** The newest version of a package that the machine's own sources offer, or undefined. */
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
