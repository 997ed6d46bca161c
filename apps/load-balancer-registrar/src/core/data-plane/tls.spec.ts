import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSL_POLICIES } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alpnOption, policyOptions } from './tls';

describe("a listener's TLS", () => {
  let directory: string;
  let certificate: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'stowage-tls-'));
    certificate = join(directory, 'site.pem');
    const [key, chain] = [join(directory, 'key'), join(directory, 'chain')];
    const subject = ['-subj', '/CN=example.com', '-days', '2', '-keyout', key, '-out', chain];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' });
    writeFileSync(certificate, execFileSync('cat', [chain, key]));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(SSL_POLICIES.map(({ name }) => name))(
    'has the protocols of the ALPN policy %s, as HAProxy expects them',
    (sslPolicy) => {
      const options = `${policyOptions({ sslPolicy })}${alpnOption({ alpnPolicy: 'HTTP2Preferred' })}`;
      const file = join(directory, 'haproxy.cfg');
      const bind = `  bind 127.0.0.1:8443 ssl crt ${certificate}${options}`;
      const lines = ['defaults', '  timeout client 1s', 'frontend f', '  mode http', bind, ''];
      writeFileSync(file, lines.join('\n'));
      execFileSync('haproxy', ['-c', '-f', file], { stdio: 'pipe' });
    },
  );

  it('has the versions and ciphers of its policy', () => {
    expect(policyOptions({ sslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' })).toBe(
      ' ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.3 ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    );
    expect(policyOptions({ sslPolicy: 'ELBSecurityPolicy-FS-1-2-Res-2020-10' })).toMatch(
      /^ ssl-min-ver TLSv1\.2 ssl-max-ver TLSv1\.2 ciphers ECDHE-ECDSA-AES128-GCM-SHA256:/,
    );
    expect(policyOptions({})).toMatch(/^ ssl-min-ver TLSv1\.0 ssl-max-ver TLSv1\.2 ciphers @SECLEVEL=0:/);
    expect(alpnOption({})).toBe('');
  });
});
