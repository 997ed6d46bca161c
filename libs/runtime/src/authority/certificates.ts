import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readIfThere, writePrivate } from '../private-files';

/** Files with what TLS needs. Agents get `caFile`'s content when they join. */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Every server of the deployment proves this name, and clients ask for no other: their authority signs nothing but NATS
 * servers, whose addresses may change.
 */
export const NATS_TLS_NAME = 'nats.stowage.internal';

const DAY_MS = 24 * 60 * 60 * 1_000;
const CA_DAYS = 3_650;
const SERVER_DAYS = 825;
/** A server's certificate is replaced at a start when it ends within so many days. */
const RENEW_DAYS = 90;
/** Clocks of machines that just met may differ. */
const BACKDATE_DAYS = 1;

// `selfsigned` is imported where it is used: one process of all makes certificates, and loading it takes a quarter of a second.

/**
 * The authority's own certificate, made once, and one for the NATS servers, renewed when needed. `hosts` are the names
 * and addresses by which servers of a cluster, and other people's tools, reach them.
 */
export async function createCertificates(
  directory: string,
  hosts: readonly string[],
  nowMs: number,
): Promise<Certificates> {
  const files = {
    caFile: join(directory, 'ca.crt'),
    certFile: join(directory, 'nats.crt'),
    keyFile: join(directory, 'nats.key'),
  };
  const ca = await certificateAuthority(directory, files.caFile, nowMs);
  const names = [NATS_TLS_NAME, ...hosts];
  const known = readIfThere(files.certFile);
  if (known && readIfThere(files.keyFile) && stillGood(known, names, nowMs)) return files;
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'stowage-nats' }], {
    ...validity(nowMs, SERVER_DAYS),
    keyType: 'ec',
    algorithm: 'sha256',
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      // Servers of a cluster are each other's clients.
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: names.map(altName) },
    ],
  });
  writePrivate(files.keyFile, made.private);
  writePrivate(files.certFile, made.cert);
  return files;
}

async function certificateAuthority(
  directory: string,
  caFile: string,
  nowMs: number,
): Promise<{ readonly key: string; readonly cert: string }> {
  const keyFile = join(directory, 'ca.key');
  const [key, cert] = [readIfThere(keyFile), readIfThere(caFile)];
  if (key && cert) return { key, cert };
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Stowage' }], {
    ...validity(nowMs, CA_DAYS),
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  writePrivate(keyFile, made.private);
  writePrivate(caFile, made.cert);
  return { key: made.private, cert: made.cert };
}

function stillGood(pem: string, hosts: readonly string[], nowMs: number): boolean {
  const certificate = new X509Certificate(pem);
  const covers = (host: string): boolean =>
    (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
  return hosts.every(covers) && Date.parse(certificate.validTo) > nowMs + RENEW_DAYS * DAY_MS;
}

const validity = (nowMs: number, days: number): { readonly notBeforeDate: Date; readonly notAfterDate: Date } => ({
  notBeforeDate: new Date(nowMs - BACKDATE_DAYS * DAY_MS),
  notAfterDate: new Date(nowMs + days * DAY_MS),
});

function altName(
  host: string,
): { readonly type: 7; readonly ip: string } | { readonly type: 2; readonly value: string } {
  return isIP(host) ? { type: 7, ip: host } : { type: 2, value: host };
}
