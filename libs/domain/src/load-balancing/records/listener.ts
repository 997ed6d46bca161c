import type * as Ecs from '../../ecs/shapes';

/** Of a listener: what clients speak. The first two are an application load balancer's, the others a network one's. */
export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';

/** What becomes of a request. Of a listener's rules the first whose conditions all hold has the say. */
export type Action = ForwardAction | FixedResponseAction | RedirectAction;

export interface ForwardAction {
  readonly type: 'forward';
  /** One to five. Requests are spread by weight; a group of weight 0 gets none. */
  readonly targetGroups: readonly WeightedTargetGroup[];
  /** Absent: each request may go to another group. */
  readonly stickiness?: { readonly durationSeconds: number };
}

export interface WeightedTargetGroup {
  /** Its name: names are unique while they are in use, and a group that a rule names cannot be deleted. */
  readonly targetGroup: string;
  /** Its id, for those who show its ARN. */
  readonly targetGroupId: string;
  /** 0 to 999. */
  readonly weight: number;
}

export interface FixedResponseAction {
  readonly type: 'fixed-response';
  /** 2XX, 4XX or 5XX. */
  readonly statusCode: string;
  readonly contentType?: string;
  readonly messageBody?: string;
}

/** Members as the user wrote them, with `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` in them. */
export interface RedirectAction {
  readonly type: 'redirect';
  readonly statusCode: 'HTTP_301' | 'HTTP_302';
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

/** What must hold of a request: one of the values does. `*` and `?` in values stand for any text and any character. */
export type Condition =
  | { readonly field: 'path-pattern' | 'host-header' | 'http-request-method'; readonly values: readonly string[] }
  /** Addresses in CIDR notation. */
  | { readonly field: 'source-ip'; readonly values: readonly string[] }
  | { readonly field: 'http-header'; readonly name: string; readonly values: readonly string[] }
  | { readonly field: 'query-string'; readonly values: readonly QueryStringValue[] };

/** Without a key: any key with this value. */
export interface QueryStringValue {
  readonly key?: string;
  readonly value: string;
}

export interface Rule {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** 1 to 50000, unique in its listener. */
  readonly priority: number;
  readonly conditions: readonly Condition[];
  readonly action: Action;
  readonly tags: readonly Ecs.Tag[];
}

/** What a user may change of a listener. */
export interface ListenerSettings {
  readonly protocol: ListenerProtocol;
  readonly port: number;
  /** Of HTTPS and TLS. */
  readonly sslPolicy?: string;
  /** Of TLS. */
  readonly alpnPolicy?: string;
  /** ARNs, the default one first; the others are chosen by the name that a client asks for. */
  readonly certificates: readonly string[];
  /** Those that are not as they are by default. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What becomes of a request that no rule wants. */
  readonly defaultAction: Action;
}

export interface Listener extends ListenerSettings {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** The default rule has an ARN of its own. */
  readonly defaultRule: string;
  /** By priority. */
  readonly rules: readonly Rule[];
  readonly tags: readonly Ecs.Tag[];
}

/** The names of the groups that an action sends requests to, also those of weight 0. */
export function targetGroupsOfAction(action: Action): readonly string[] {
  return action.type === 'forward' ? action.targetGroups.map(({ targetGroup }) => targetGroup) : [];
}

/** The names of the groups that a listener's rules, the default one included, send requests to; each once. */
export function targetGroupsOfListener({ defaultAction, rules }: Listener): readonly string[] {
  return [...new Set([defaultAction, ...rules.map(({ action }) => action)].flatMap(targetGroupsOfAction))];
}
