import { type Listener, SSL_POLICIES, SSL_POLICY_DEFAULT } from '@stowage/domain';

/** HAProxy's words for versions of TLS. */
const VERSIONS = { TLSv1: 'TLSv1.0', 'TLSv1.1': 'TLSv1.1', 'TLSv1.2': 'TLSv1.2', 'TLSv1.3': 'TLSv1.3' } as const;

/** What a TLS listener offers to those that ask for a protocol (ELB's ALPN policies); of a listener without one, nothing. */
const ALPN: Readonly<Record<string, string>> = {
  HTTP1Only: ' alpn http/1.1',
  HTTP2Only: ' alpn h2',
  HTTP2Optional: ' alpn http/1.1,h2',
  HTTP2Preferred: ' alpn h2,http/1.1',
};

export const alpnOption = ({ alpnPolicy = 'None' }: Pick<Listener, 'alpnPolicy'>): string => ALPN[alpnPolicy] ?? '';

/** The versions and ciphers of a listener's policy, as options of a `bind` line. */
export function policyOptions({ sslPolicy = SSL_POLICY_DEFAULT }: Pick<Listener, 'sslPolicy'>): string {
  const policy = SSL_POLICIES.find(({ name }) => name === sslPolicy);
  const [oldest = 'TLSv1.2', newest = oldest] = [policy?.protocols[0], policy?.protocols.at(-1)];
  const ciphers = policy?.ciphers ?? [];
  const suites = ciphers.filter((cipher) => cipher.startsWith('TLS_'));
  const others = ciphers.filter((cipher) => !cipher.startsWith('TLS_'));
  // OpenSSL 3 has nothing before TLS 1.2 left at its own level of security.
  const level = oldest === 'TLSv1' || oldest === 'TLSv1.1' ? ['@SECLEVEL=0'] : [];
  return [
    ` ssl-min-ver ${VERSIONS[oldest]} ssl-max-ver ${VERSIONS[newest]}`,
    ...(others.length > 0 ? [` ciphers ${[...level, ...others].join(':')}`] : []),
    ...(suites.length > 0 ? [` ciphersuites ${suites.join(':')}`] : []),
  ].join('');
}
