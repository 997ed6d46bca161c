import type * as Ecs from '../../ecs/shapes';

/**
 * Protocol between clients and a listener. Application load balancers use the first two, network load balancers the
 * others.
 */
export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';

/** The handling of a request. The first rule of a listener whose conditions all match determines the action. */
export type Action = ForwardAction | FixedResponseAction | RedirectAction;

export interface ForwardAction {
  readonly type: 'forward';
  /** One to five groups. Requests are spread by weight; a group of weight 0 receives none. */
  readonly targetGroups: readonly WeightedTargetGroup[];
  /** Absent: each request may go to another group. */
  readonly stickiness?: { readonly durationSeconds: number };
}

export interface WeightedTargetGroup {
  /** Name of the group. Names are unique among existing groups, and a group that a rule uses cannot be deleted. */
  readonly targetGroup: string;
  /** Id of the group, from which readers build its ARN. */
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

/**
 * Members as the user wrote them, including the placeholders `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and
 * `#{query}`.
 */
export interface RedirectAction {
  readonly type: 'redirect';
  readonly statusCode: 'HTTP_301' | 'HTTP_302';
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

/**
 * A condition on a request, which matches if one of its values does. In values, `*` matches any text and `?` any
 * character.
 */
export type Condition =
  | { readonly field: 'path-pattern' | 'host-header' | 'http-request-method'; readonly values: readonly string[] }
  /** Addresses in CIDR notation. */
  | { readonly field: 'source-ip'; readonly values: readonly string[] }
  | { readonly field: 'http-header'; readonly name: string; readonly values: readonly string[] }
  | { readonly field: 'query-string'; readonly values: readonly QueryStringValue[] };

/** Without a key, the value matches any key. */
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

/** The part of a listener that a user can change. */
export interface ListenerSettings {
  readonly protocol: ListenerProtocol;
  readonly port: number;
  /** Present for HTTPS and TLS. */
  readonly sslPolicy?: string;
  /** Present for TLS. */
  readonly alpnPolicy?: string;
  /** ARNs, the default one first. The others are selected by the client's server name (SNI). */
  readonly certificates: readonly string[];
  /** Attributes that differ from their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Action for requests that match no rule. */
  readonly defaultAction: Action;
}

export interface Listener extends ListenerSettings {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** The default rule has its own ARN. */
  readonly defaultRule: string;
  /** Ordered by priority. */
  readonly rules: readonly Rule[];
  readonly tags: readonly Ecs.Tag[];
}

/** Returns the names of the target groups of an action, including those of weight 0. */
export function targetGroupsOfAction(action: Action): readonly string[] {
  return action.type === 'forward' ? action.targetGroups.map(({ targetGroup }) => targetGroup) : [];
}

/** Returns the names of the target groups of a listener's rules, including the default rule, without duplicates. */
export function targetGroupsOfListener({ defaultAction, rules }: Listener): readonly string[] {
  return [...new Set([defaultAction, ...rules.map(({ action }) => action)].flatMap(targetGroupsOfAction))];
}
