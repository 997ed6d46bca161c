import type { Action, ForwardAction, LoadBalancer, Rule } from '@stowage/domain';
import { draws, DRAWS, fixedResponse, onlyGroup, redirect } from './actions';
import { aclOf } from './conditions';
import { type Frontend, frontendName, idleTimeoutSeconds } from './data-plane';
import { HEADER_LIMIT_LINES } from './header-limits';
import { alpnOption, policyOptions } from './tls';
import { quoted } from './quoting';

/** Lookups on which the text of a frontend depends, in addition to the frontend itself. */
export interface FrontendPlaces {
  /** Returns the backend of a target group, or undefined if there is none. */
  readonly backendOf: (targetGroup: string) => string | undefined;
  /** Returns the file with the certificate and its key. */
  readonly certificateFile: (arn: string) => string;
}

/** The rule of the listener that matches the request. The default rule applies if it is unset. */
const RULE = 'txn.rule';
/** The group that was selected for the request, if a rule spreads requests over several groups. */
const GROUP = 'txn.group';
const GROUP_COOKIE = 'AWSALBTG';
/** Methods that are safe to repeat (RFC 9110, 9.2.1). */
const SAFE_METHODS = 'GET HEAD OPTIONS TRACE';

export function frontendSection(frontend: Frontend, places: FrontendPlaces): readonly string[] {
  const { loadBalancer, listener } = frontend;
  const isHttp = loadBalancer.type === 'application';
  return [
    `frontend ${frontendName(frontend)}`,
    `  mode ${isHttp ? 'http' : 'tcp'}`,
    `  bind ${loadBalancer.address}:${String(listener.port)}${encryption(frontend, places)}`,
    `  timeout client ${String(idleTimeoutSeconds(loadBalancer))}s`,
    ...(isHttp ? httpLines(frontend, places) : tcpLines(listener.defaultAction, places)).map((line) => `  ${line}`),
  ];
}

function encryption({ loadBalancer, listener }: Frontend, { certificateFile }: FrontendPlaces): string {
  const { protocol, certificates } = listener;
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return '';
  const files = certificates.map((arn) => ` crt ${quoted(certificateFile(arn))}`).join('');
  const ofHttp = speaksHttp2(loadBalancer) ? ' alpn h2,http/1.1' : ' alpn http/1.1';
  return ` ssl${files}${protocol === 'HTTPS' ? ofHttp : alpnOption(listener)}${policyOptions(listener)}`;
}

const speaksHttp2 = ({ attributes }: LoadBalancer): boolean => attributes['routing.http2.enabled'] !== 'false';

/** A network load balancer sends all connections to one group. */
function tcpLines(action: Action, { backendOf }: FrontendPlaces): readonly string[] {
  const group = action.type === 'forward' ? onlyGroup(action) : undefined;
  const backend = group === undefined ? undefined : backendOf(group);
  return backend === undefined ? ['tcp-request connection reject'] : [`default_backend ${backend}`];
}

function httpLines(frontend: Frontend, places: FrontendPlaces): readonly string[] {
  const { listener, loadBalancer } = frontend;
  const rules = listener.rules.map((rule, at) => ({ rule, name: `r${String(at)}` }));
  const choices = [
    ...rules.map(({ rule, name }) => ({ action: rule.action, when: ` if { var(${RULE}) -m str ${name} }` })),
    { action: listener.defaultAction, when: rules.length > 0 ? ` if !{ var(${RULE}) -m found }` : '' },
  ];
  return [
    ...HEADER_LIMIT_LINES,
    ...rules.flatMap(({ rule, name }) => ruleLines(rule, name)),
    ...choices.flatMap(({ action, when }) => requestLines(action, when, listener)),
    ...forwardedHeaders(loadBalancer, listener),
    `http-request disable-l7-retry unless { method ${SAFE_METHODS} }`,
    ...choices.flatMap(({ action, when }) => switchLines(action, when, places)),
  ];
}

/** The first rule of which all conditions match applies to the request. */
function ruleLines({ conditions }: Rule, name: string): readonly string[] {
  const acls = conditions.map((condition, at) => ({ acl: `${name}c${String(at)}`, is: aclOf(condition) }));
  return [
    ...acls.map(({ acl, is }) => `acl ${acl} ${is}`),
    `http-request set-var(${RULE}) str(${name}) if !{ var(${RULE}) -m found } ${acls.map(({ acl }) => acl).join(' ')}`,
  ];
}

/** Returns the lines that handle a request before it is forwarded, or instead. */
function requestLines(
  action: Action,
  when: string,
  listener: { readonly protocol: string; readonly port: number },
): readonly string[] {
  switch (action.type) {
    case 'fixed-response':
      return [fixedResponse(action, when)];
    case 'redirect':
      return redirect(action, listener, when);
    case 'forward':
      return onlyGroup(action) === undefined ? drawLines(action, when) : [];
  }
}

/** Selects a group for the request at random, unless the client's cookie names the group of its earlier requests. */
function drawLines(action: ForwardAction, when: string): readonly string[] {
  const and = when === '' ? ' if' : when;
  const undrawn = `${and} !{ var(${GROUP}) -m found }`;
  const put = (group: string): string => `http-request set-var(${GROUP}) ${quoted(`str(${group})`)}`;
  const wanted = draws(action);
  // ELB also answers with 503 if no group has a weight.
  if (wanted.length === 0) return [`http-request return status 503${when}`];
  const { stickiness } = action;
  return [
    ...(stickiness
      ? wanted.map(({ targetGroup: group }) => `${put(group)}${and} { req.cook(${GROUP_COOKIE}) -m str ${group} }`)
      : []),
    `http-request set-var(txn.draw) rand(${String(DRAWS)})${undrawn}`,
    ...wanted.map(
      ({ targetGroup, below }) => `${put(targetGroup)}${undrawn} { var(txn.draw) -m int lt ${String(below)} }`,
    ),
    ...(stickiness
      ? [
          `http-response add-header Set-Cookie "${GROUP_COOKIE}=%[var(${GROUP})]; Path=/; Max-Age=${String(stickiness.durationSeconds)}"${when}`,
        ]
      : []),
  ];
}

function switchLines(action: Action, when: string, { backendOf }: FrontendPlaces): readonly string[] {
  if (action.type !== 'forward') return [];
  const only = onlyGroup(action);
  if (only !== undefined) return useBackend(backendOf(only), when);
  const and = when === '' ? ' if' : when;
  return draws(action).flatMap(({ targetGroup }) =>
    useBackend(backendOf(targetGroup), `${and} { var(${GROUP}) -m str ${targetGroup} }`),
  );
}

const useBackend = (backend: string | undefined, when: string): readonly string[] =>
  backend === undefined ? [] : [when === '' ? `default_backend ${backend}` : `use_backend ${backend}${when}`];

/** Adds ELB's X-Forwarded headers, with which targets learn the client's address, protocol and port. */
function forwardedHeaders(
  { attributes }: LoadBalancer,
  { protocol, port }: { readonly protocol: string; readonly port: number },
): readonly string[] {
  const mode = attributes['routing.http.xff_header_processing.mode'] ?? 'append';
  const client = attributes['routing.http.xff_client_port.enabled'] === 'true' ? '%[src]:%[src_port]' : '%[src]';
  const header = 'X-Forwarded-For';
  const forwardedFor =
    mode === 'remove'
      ? [`http-request del-header ${header}`]
      : mode === 'preserve'
        ? []
        : [
            `http-request set-header ${header} "%[req.fhdr(${header})], ${client}" if { req.fhdr(${header}) -m found }`,
            `http-request set-header ${header} "${client}" unless { req.fhdr(${header}) -m found }`,
          ];
  return [
    ...forwardedFor,
    `http-request set-header X-Forwarded-Proto ${protocol.toLowerCase()}`,
    `http-request set-header X-Forwarded-Port ${String(port)}`,
  ];
}
