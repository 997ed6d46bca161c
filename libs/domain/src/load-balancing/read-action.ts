import type { Scope } from '../arns';
import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { parseTargetGroupArn } from './elb-arns';
import { knownTargetGroup } from './find';
import { ELB_LIMITS } from './limits';
import type {
  Action,
  FixedResponseAction,
  ForwardAction,
  RedirectAction,
  WeightedTargetGroup,
} from './records/listener';

/** State, scope and load balancer type for which the action is parsed. */
export interface ActionContext {
  readonly state: ReadonlyClusterState;
  readonly scope: Scope;
  readonly type: 'application' | 'network';
}

/**
 * Returns the only action of a request's list. Actions that authenticate could precede it in ELB but are not supported.
 * @throws Refusal
 */
export function readAction(context: ActionContext, actions: readonly Elbv2.Action[]): Action {
  const [action, ...others] = actions;
  const other = actions.find(({ Type }) => !['forward', 'fixed-response', 'redirect'].includes(Type));
  if (other) throw invalidAction(`Action type '${other.Type}' is not supported`);
  if (!action) throw invalidParameter('An action must be specified');
  if (others.length > 0) throw new Refusal('TooManyActionsException', 'You can specify only one action');
  checkConfigs(action);
  const { type } = context;
  if (type === 'network' && action.Type !== 'forward') {
    throw invalidAction(`Action type '${action.Type}' is not supported on network load balancers`);
  }
  if (action.Type === 'redirect') return redirect(action.RedirectConfig);
  if (action.Type === 'fixed-response') return fixedResponse(action.FixedResponseConfig);
  return forward(context, action);
}

/** The configuration member of each kind of action. The first three kinds are not supported. */
const CONFIGS = {
  AuthenticateOidcConfig: 'authenticate-oidc',
  AuthenticateCognitoConfig: 'authenticate-cognito',
  JwtValidationConfig: 'jwt-validation',
  ForwardConfig: 'forward',
  TargetGroupArn: 'forward',
  RedirectConfig: 'redirect',
  FixedResponseConfig: 'fixed-response',
} as const satisfies Partial<Record<keyof Elbv2.Action, string>>;

function checkConfigs(action: Elbv2.Action): void {
  for (const [config, type] of Object.entries(CONFIGS)) {
    if (action[config as keyof typeof CONFIGS] === undefined || action.Type === type) continue;
    throw invalidAction(`${config} is not valid for an action of type '${action.Type}'`);
  }
}

const invalidAction = (message: string): Refusal => new Refusal('InvalidLoadBalancerActionException', message);

function forward({ state, scope, type }: ActionContext, action: Elbv2.Action): ForwardAction {
  const single = action.TargetGroupArn === undefined ? {} : { TargetGroupArn: action.TargetGroupArn };
  const given: readonly Elbv2.TargetGroupTuple[] = action.ForwardConfig?.TargetGroups ?? [single];
  const [only] = given;
  if (action.TargetGroupArn !== undefined && (given.length !== 1 || only?.TargetGroupArn !== action.TargetGroupArn)) {
    throw invalidParameter('You can specify either TargetGroupArn or ForwardConfig, or the same target group in both');
  }
  // HAProxy selects a target group per request, and not per connection.
  const max = type === 'network' ? 1 : ELB_LIMITS['target-groups-per-action-on-application-load-balancer'];
  if (given.length === 0 || given.length > max) {
    throw invalidAction(`A forward action must have 1 to ${String(max)} target groups`);
  }
  const targetGroups = given.map(({ TargetGroupArn: arn, Weight: weight = 1 }): WeightedTargetGroup => {
    if (arn === undefined) throw invalidParameter('A target group ARN must be specified');
    const { name: targetGroup, id: targetGroupId } = knownTargetGroup(state, parseTargetGroupArn(scope, arn));
    return { targetGroup, targetGroupId, weight };
  });
  if (new Set(targetGroups.map(({ targetGroup }) => targetGroup)).size < targetGroups.length) {
    throw invalidParameter('Target groups must be unique within a forward action');
  }
  const stickiness = action.ForwardConfig?.TargetGroupStickinessConfig;
  if (stickiness?.Enabled !== true) return { type: 'forward', targetGroups };
  if (stickiness.DurationSeconds === undefined) {
    throw invalidParameter('DurationSeconds must be specified when target group stickiness is enabled');
  }
  return { type: 'forward', targetGroups, stickiness: { durationSeconds: stickiness.DurationSeconds } };
}

const CONTENT_TYPES = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

function fixedResponse(config: Elbv2.FixedResponseActionConfig | undefined): FixedResponseAction {
  if (!config) throw invalidParameter("FixedResponseConfig must be specified for action type 'fixed-response'");
  const { StatusCode: statusCode, ContentType: contentType, MessageBody: messageBody } = config;
  if (contentType !== undefined && !CONTENT_TYPES.includes(contentType)) {
    throw invalidAction(`The content type '${contentType}' must be one of ${CONTENT_TYPES.join(', ')}`);
  }
  return {
    type: 'fixed-response',
    statusCode,
    ...(contentType !== undefined && { contentType }),
    ...(messageBody !== undefined && { messageBody }),
  };
}

const PORT_MAX = 65_535;

function redirect(config: Elbv2.RedirectActionConfig | undefined): RedirectAction {
  if (!config) throw invalidParameter("RedirectConfig must be specified for action type 'redirect'");
  const action: RedirectAction = {
    type: 'redirect',
    statusCode: config.StatusCode,
    protocol: config.Protocol ?? '#{protocol}',
    host: config.Host ?? '#{host}',
    port: config.Port ?? '#{port}',
    path: config.Path ?? '/#{path}',
    query: config.Query ?? '#{query}',
  };
  const isPort = /^[1-9]\d{0,4}$/.test(action.port) && Number(action.port) <= PORT_MAX;
  if (action.port !== '#{port}' && !isPort) {
    throw invalidAction(`The redirect port '${action.port}' must be 1-65535 or #{port}`);
  }
  if (!action.path.startsWith('/')) throw invalidAction(`The redirect path '${action.path}' must begin with a '/'`);
  checkText('host', action.host);
  checkText('path', action.path);
  checkText('query', action.query);
  if (isLoop(action)) {
    throw invalidAction('The redirect configuration is not valid because it creates a loop');
  }
  return action;
}

/** Characters that could end the line in which HAProxy's configuration contains the text, or start another argument. */
function checkText(part: string, text: string): void {
  if (!/^[\x21-\x7e]*$/.test(text)) throw invalidAction(`The redirect ${part} '${text}' contains invalid characters`);
}

function isLoop({ protocol, host, port, path }: RedirectAction): boolean {
  return protocol === '#{protocol}' && host === '#{host}' && port === '#{port}' && path === '/#{path}';
}
