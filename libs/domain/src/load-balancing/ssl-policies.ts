/** TLS versions and ciphers that a listener accepts. */
export interface SslPolicy {
  readonly name: string;
  readonly protocols: readonly ('TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3')[];
  /** OpenSSL cipher names, in order of preference. */
  readonly ciphers: readonly string[];
}

const OF_TLS_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const GCM = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];
const CBC = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
];
const CBC_OF_TLS_10 = [
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES256-SHA',
];
const WITHOUT_FORWARD_SECRECY = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'];

/** ELB's security policies that HAProxy with OpenSSL can implement. */
export const SSL_POLICIES: readonly SslPolicy[] = [
  {
    name: 'ELBSecurityPolicy-2016-08',
    protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    ciphers: [...GCM, ...CBC, ...CBC_OF_TLS_10, ...WITHOUT_FORWARD_SECRECY, 'AES128-SHA', 'AES256-SHA'],
  },
  {
    name: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...OF_TLS_13, ...GCM, ...CBC],
  },
  {
    name: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...OF_TLS_13, ...GCM],
  },
  { name: 'ELBSecurityPolicy-TLS13-1-3-2021-06', protocols: ['TLSv1.3'], ciphers: OF_TLS_13 },
  {
    name: 'ELBSecurityPolicy-TLS-1-2-2017-01',
    protocols: ['TLSv1.2'],
    ciphers: [...GCM, ...CBC, ...WITHOUT_FORWARD_SECRECY],
  },
  { name: 'ELBSecurityPolicy-FS-1-2-Res-2020-10', protocols: ['TLSv1.2'], ciphers: GCM },
];

/** Policy of a listener that names none. */
export const SSL_POLICY_DEFAULT = 'ELBSecurityPolicy-2016-08';
