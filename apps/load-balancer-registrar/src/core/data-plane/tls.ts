import { type Listener, SSL_POLICIES, SSL_POLICY_DEFAULT } from '@stowage/domain';

/** HAProxy's names of the TLS versions. */
const VERSIONS = { TLSv1: 'TLSv1.0', 'TLSv1.1': 'TLSv1.1', 'TLSv1.2': 'TLSv1.2', 'TLSv1.3': 'TLSv1.3' } as const;

/**
 * Protocols that a TLS listener offers to clients that use ALPN, by ELB's ALPN policies. A listener without a policy
 * offers none.
 */
const ALPN: Readonly<Record<string, string>> = {
  HTTP1Only: ' alpn http/1.1',
  HTTP2Only: ' alpn h2',
  HTTP2Optional: ' alpn http/1.1,h2',
  HTTP2Preferred: ' alpn h2,http/1.1',
};

export const alpnOption = ({ alpnPolicy = 'None' }: Pick<Listener, 'alpnPolicy'>): string => ALPN[alpnPolicy] ?? '';

/** Returns the versions and ciphers of a listener's policy, as options of a `bind` line. */
export function policyOptions({ sslPolicy = SSL_POLICY_DEFAULT }: Pick<Listener, 'sslPolicy'>): string {
  const policy = SSL_POLICIES.find(({ name }) => name === sslPolicy);
  const [oldest = 'TLSv1.2', newest = oldest] = [policy?.protocols[0], policy?.protocols.at(-1)];
  const ciphers = policy?.ciphers ?? [];
  const suites = ciphers.filter((cipher) => cipher.startsWith('TLS_'));
  const others = ciphers.filter((cipher) => !cipher.startsWith('TLS_'));
  // OpenSSL 3 disables everything before TLS 1.2 at its default security level.
  const level = oldest === 'TLSv1' || oldest === 'TLSv1.1' ? ['@SECLEVEL=0'] : [];
  return [
    ` ssl-min-ver ${VERSIONS[oldest]} ssl-max-ver ${VERSIONS[newest]}`,
    ...(others.length > 0 ? [` ciphers ${[...level, ...others].join(':')}`] : []),
    ...(suites.length > 0 ? [` ciphersuites ${suites.join(':')}`] : []),
  ].join('');
}
