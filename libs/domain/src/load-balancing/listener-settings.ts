import type { Scope } from '../arns';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import type { ListenerProtocol, ListenerSettings } from './records/listener';
import type { LoadBalancer } from './records/load-balancer';
import { notSupported } from './refused';
import { SSL_POLICIES, SSL_POLICY_DEFAULT } from './ssl-policies';

/** Returns the ARN of the certificate with this id, which is a file `<id>.pem` on the registrar's machine. */
export const certificateArn = ({ region, account }: Scope, id: string): string =>
  `arn:aws:acm:${region}:${account}:certificate/${id}`;

/** Returns the id in a certificate's ARN of this region and account. */
export function certificateOfArn(scope: Scope, arn: string): string | undefined {
  const prefix = certificateArn(scope, '');
  const id = arn.startsWith(prefix) ? arn.slice(prefix.length) : '';
  return /^[A-Za-z0-9_-]{1,128}$/.test(id) ? id : undefined;
}

/** The existing certificates by id. */
export interface Certificates {
  readonly scope: Scope;
  readonly ids: ReadonlySet<string>;
}

/** @throws Refusal CertificateNotFoundException */
export function knownCertificate({ scope, ids }: Certificates, arn: string): string {
  const id = certificateOfArn(scope, arn);
  if (id !== undefined && ids.has(id)) return arn;
  throw new Refusal('CertificateNotFoundException', `Certificate '${arn}' not found`);
}

const OF_TYPE: Readonly<Record<LoadBalancer['type'], readonly ListenerProtocol[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['TCP', 'TLS'],
};

/** Protocols of network load balancers' listeners that HAProxy does not support. */
const NOT_SPOKEN: readonly string[] = ['UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'];

/** Returns the protocol of a listener. @throws Refusal */
export function listenerProtocol(
  { type }: Pick<LoadBalancer, 'type'>,
  given: Elbv2.CreateListenerInput['Protocol'],
): ListenerProtocol {
  if (given === undefined) throw invalidParameter('A listener protocol must be specified');
  const known = OF_TYPE[type].find((protocol) => protocol === given);
  if (known) return known;
  if (type === 'network' && NOT_SPOKEN.includes(given)) {
    const others = `A network load balancer's listeners speak ${OF_TYPE[type].join(' or ')}`;
    throw new Refusal('UnsupportedProtocolException', `Listener protocol '${given}' is not supported. ${others}`);
  }
  throw invalidParameter(`Listener protocol '${given}' must be one of '${OF_TYPE[type].join(', ')}'`);
}

type TlsSettings = Pick<ListenerSettings, 'sslPolicy' | 'alpnPolicy' | 'certificates'>;
type GivenTls = Pick<Elbv2.CreateListenerInput, 'SslPolicy' | 'AlpnPolicy' | 'Certificates' | 'MutualAuthentication'>;

/**
 * Returns the TLS settings of a listener of `protocol`: its current ones with the given members replaced. @throws
 * Refusal
 */
export function tlsSettings(
  protocol: ListenerProtocol,
  given: GivenTls,
  { current, certificates }: { readonly current: TlsSettings; readonly certificates: Certificates },
): TlsSettings {
  checkMutualAuthentication(given.MutualAuthentication);
  if (protocol === 'HTTP' || protocol === 'TCP') {
    if ((given.Certificates ?? []).length > 0 || given.SslPolicy !== undefined) {
      throw invalidParameter(`A certificate or SSL policy cannot be specified for ${protocol} listeners`);
    }
    if ((given.AlpnPolicy ?? []).length > 0) throw alpnNotSupported(`listeners of protocol '${protocol}'`);
    return { certificates: [] };
  }
  const sslPolicy = given.SslPolicy ?? current.sslPolicy ?? SSL_POLICY_DEFAULT;
  if (!SSL_POLICIES.some(({ name }) => name === sslPolicy)) {
    throw new Refusal('SSLPolicyNotFoundException', `SSL policy '${sslPolicy}' not found`);
  }
  const alpnPolicy = given.AlpnPolicy ? readAlpnPolicy(protocol, given.AlpnPolicy) : current.alpnPolicy;
  return {
    sslPolicy,
    ...(protocol === 'TLS' && alpnPolicy !== undefined && { alpnPolicy }),
    certificates: withDefaultCertificate(protocol, given.Certificates, { current, certificates }),
  };
}

function withDefaultCertificate(
  protocol: ListenerProtocol,
  given: readonly Elbv2.Certificate[] | undefined,
  { current, certificates }: { readonly current: TlsSettings; readonly certificates: Certificates },
): readonly string[] {
  const [first, ...more] = given ?? [];
  if (more.length > 0) throw invalidParameter('You can specify only one certificate: the default one');
  if (first) {
    const arn = knownCertificate(certificates, first.CertificateArn ?? '');
    return [arn, ...current.certificates.slice(1).filter((other) => other !== arn)];
  }
  if (current.certificates.length > 0) return current.certificates;
  throw invalidParameter(`A certificate must be specified for ${protocol} listeners`);
}

function checkMutualAuthentication(given: Elbv2.MutualAuthenticationAttributes | undefined): void {
  if (given?.Mode !== undefined && given.Mode !== 'off')
    throw notSupported(`MutualAuthentication.Mode '${given.Mode}'`);
  if (given?.TrustStoreArn !== undefined) throw notSupported('MutualAuthentication.TrustStoreArn');
}

const ALPN_POLICIES = ['HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred', 'None'];

function readAlpnPolicy(protocol: ListenerProtocol, given: readonly string[]): string | undefined {
  const [policy, ...more] = given;
  if (policy === undefined) return undefined;
  if (protocol !== 'TLS') throw alpnNotSupported(`listeners of protocol '${protocol}'`);
  if (more.length > 0) throw invalidParameter('You can specify only one ALPN policy');
  if (!ALPN_POLICIES.includes(policy)) throw alpnNotSupported(`the value '${policy}'`);
  return policy;
}

const alpnNotSupported = (what: string): Refusal =>
  new Refusal('ALPNPolicyNotSupportedException', `An ALPN policy is not supported for ${what}`);
