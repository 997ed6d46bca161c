import type { TargetGroup } from '@stowage/domain';

/** Method by which a group keeps a client at the first target that the client got. */
export type Stickiness =
  | { readonly type: 'lb_cookie'; readonly cookie: string; readonly durationSeconds: number }
  /** Holds as long as the client sends the application's own cookie. */
  | {
      readonly type: 'app_cookie';
      readonly cookie: string;
      readonly applicationCookie: string;
      readonly durationSeconds: number;
    }
  | { readonly type: 'source_ip' };

const LB_COOKIE = 'AWSALB';
const APP_COOKIE = 'AWSALBAPP-0';
const DURATION_SECONDS = 86_400;

export function stickinessOf({
  attributes,
  protocol,
}: Pick<TargetGroup, 'attributes' | 'protocol'>): Stickiness | undefined {
  if (attributes['stickiness.enabled'] !== 'true') return undefined;
  if (protocol === 'TCP' || protocol === 'TLS') return { type: 'source_ip' };
  const seconds = (of: string): number => Number(attributes[`stickiness.${of}.duration_seconds`] ?? DURATION_SECONDS);
  const applicationCookie = attributes['stickiness.app_cookie.cookie_name'];
  if (attributes['stickiness.type'] === 'app_cookie' && applicationCookie !== undefined) {
    return { type: 'app_cookie', cookie: APP_COOKIE, applicationCookie, durationSeconds: seconds('app_cookie') };
  }
  return { type: 'lb_cookie', cookie: LB_COOKIE, durationSeconds: seconds('lb_cookie') };
}

/**
 * HAProxy's expression for the cookie value that names the server of a response. It does not reveal the address to the
 * client. {@link stickyToken} computes the same value from a server's name.
 */
export const STICKY_TOKEN_FORMAT = '%[srv_name,djb2]-%[srv_name,sdbm]';

export const stickyToken = (serverName: string): string => `${String(djb2(serverName))}-${String(sdbm(serverName))}`;

/** HAProxy's converter of that name. */
export function djb2(text: string): number {
  let hash = 5_381;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 33) + text.charCodeAt(at)) >>> 0;
  return hash;
}

function sdbm(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 65_599) + text.charCodeAt(at)) >>> 0;
  return hash;
}
