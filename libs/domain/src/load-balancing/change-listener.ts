import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { changedListenerAttributes } from './attributes';
import { checkAction } from './check-action';
import { checkPortIsFree, duplicateListener, settingsOf } from './create-listener';
import type { ListenerRef } from './elb-arns';
import { type FoundListener, knownListener } from './find';
import { ELB_LIMITS } from './limits';
import type { ListenerSettings } from './records/listener';
import { type Certificates, knownCertificate, listenerProtocol, tlsSettings } from './listener-settings';
import type { ListenerDeleted, ListenerUpdated } from './records/load-balancer';
import { readAction } from './read-action';

/** Decides ModifyListener. Members that the request omits stay. */
export function decideModifyListener(
  state: ReadonlyClusterState,
  ref: ListenerRef,
  { input, certificates }: { readonly input: Elbv2.ModifyListenerInput; readonly certificates: Certificates },
): readonly ListenerUpdated[] {
  const { scope } = certificates;
  const found = knownListener(state, ref);
  const { loadBalancer, listener } = found;
  const protocol = input.Protocol ? listenerProtocol(loadBalancer, input.Protocol) : listener.protocol;
  const tls = tlsSettings(protocol, input, { current: listener, certificates });
  const action = input.DefaultActions
    ? readAction({ state, scope, type: loadBalancer.type }, input.DefaultActions)
    : listener.defaultAction;
  for (const each of [action, ...listener.rules.map((rule) => rule.action)]) {
    checkAction(state, scope, { loadBalancer, protocol, action: each });
  }
  const port = input.Port ?? listener.port;
  if (loadBalancer.listeners.some((other) => other.id !== listener.id && other.port === port)) {
    throw duplicateListener(scope, loadBalancer);
  }
  checkPortIsFree(state, loadBalancer, port);
  return updated(found, { protocol, port, ...tls, attributes: listener.attributes, defaultAction: action });
}

/** Decides ModifyListenerAttributes. Attributes that the request omits keep their values. */
export function decideModifyListenerAttributes(
  state: ReadonlyClusterState,
  ref: ListenerRef,
  given: readonly Elbv2.ListenerAttribute[],
): readonly ListenerUpdated[] {
  const found = knownListener(state, ref);
  const attributes = changedListenerAttributes(found.listener, given);
  return updated(found, { ...settingsOf(found.listener), attributes });
}

/** Decides DeleteListener, which also deletes the listener's rules. */
export function decideDeleteListener(state: ReadonlyClusterState, ref: ListenerRef): readonly ListenerDeleted[] {
  const { loadBalancer, listener } = knownListener(state, ref);
  return [{ type: 'ListenerDeleted', version: 1, loadBalancer: loadBalancer.name, listener: listener.id }];
}

/**
 * Decides AddListenerCertificates. The certificates are added to the default one and selected by the client's server
 * name (SNI).
 */
export function decideAddCertificates(
  state: ReadonlyClusterState,
  ref: ListenerRef,
  { given, certificates }: { readonly given: readonly Elbv2.Certificate[]; readonly certificates: Certificates },
): readonly ListenerUpdated[] {
  const found = knownListener(state, ref);
  const settings = settingsOf(found.listener);
  if (settings.certificates.length === 0) {
    throw invalidParameter(`A certificate cannot be specified for ${settings.protocol} listeners`);
  }
  const added = given.map(({ CertificateArn = '', IsDefault }) => {
    if (IsDefault !== undefined) throw invalidParameter("You cannot set the 'isDefault' attribute of a certificate");
    return knownCertificate(certificates, CertificateArn);
  });
  const all = [...new Set([...settings.certificates, ...added])];
  const max = ELB_LIMITS[`certificates-per-${found.loadBalancer.type}-load-balancer`];
  if (all.length - 1 > max) {
    throw new Refusal('TooManyCertificatesException', `The maximum number of certificates is ${String(max)}`);
  }
  return updated(found, { ...settings, certificates: all });
}

/** Decides RemoveListenerCertificates. Absent certificates are ignored. @throws Refusal for the default certificate. */
export function decideRemoveCertificates(
  state: ReadonlyClusterState,
  ref: ListenerRef,
  given: readonly Elbv2.Certificate[],
): readonly ListenerUpdated[] {
  const found = knownListener(state, ref);
  const settings = settingsOf(found.listener);
  const removed = new Set(given.map(({ CertificateArn }) => CertificateArn));
  const [byDefault] = settings.certificates;
  if (byDefault !== undefined && removed.has(byDefault)) {
    throw new Refusal('OperationNotPermittedException', `Default certificate '${byDefault}' cannot be removed`);
  }
  const left = settings.certificates.filter((arn) => !removed.has(arn));
  return updated(found, { ...settings, certificates: left });
}

function updated({ loadBalancer, listener }: FoundListener, settings: ListenerSettings): readonly ListenerUpdated[] {
  if (sameJson(settingsOf(listener), settings)) return [];
  return [{ type: 'ListenerUpdated', version: 1, loadBalancer: loadBalancer.name, listener: listener.id, settings }];
}
