import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readIfExists, writePrivate } from '../private-files';

/** Paths of the files that TLS needs. Agents receive the content of `caFile` when they join. */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * The name in the certificates of all servers of the deployment, and the only name that clients accept. The authority
 * signs only NATS servers, whose addresses may change.
 */
export const NATS_TLS_NAME = 'nats.stowage.internal';

const DAY_MS = 24 * 60 * 60 * 1_000;
const CA_DAYS = 3_650;
const SERVER_DAYS = 825;
/** Remaining days of validity below which a start replaces a server's certificate. */
const RENEW_DAYS = 90;
/** Tolerated difference between the clocks of machines. */
const BACKDATE_DAYS = 1;

// `selfsigned` is imported on demand: only one process creates certificates, and loading it takes 250 ms.

/**
 * Creates the authority's own certificate once, and one for the NATS servers, which is renewed when needed. `hosts` are
 * the names and addresses by which servers of a cluster, and tools of other vendors, reach the servers.
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
  const known = readIfExists(files.certFile);
  if (known && readIfExists(files.keyFile) && stillGood(known, names, nowMs)) return files;
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'stowage-nats' }], {
    ...validity(nowMs, SERVER_DAYS),
    keyType: 'ec',
    algorithm: 'sha256',
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      // Servers of a cluster are also clients of each other.
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
  const [key, cert] = [readIfExists(keyFile), readIfExists(caFile)];
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
