import {
  type Condition,
  type Elbv2,
  type Listener,
  listenerArn,
  type LoadBalancer,
  loadBalancerArn,
  type Rule,
  ruleArn,
  type Scope,
} from '@stowage/domain';
import { actionsView } from './action.view';

/** Returns the API's `Listener`. It contains only the default certificate. */
export function listenerView(listener: Listener, loadBalancer: LoadBalancer, scope: Scope): Elbv2.Listener {
  const { certificates, sslPolicy, alpnPolicy } = listener;
  return {
    ListenerArn: listenerArn(scope, { loadBalancer, listener: listener.id }),
    LoadBalancerArn: loadBalancerArn(scope, loadBalancer),
    Port: listener.port,
    Protocol: listener.protocol,
    ...(certificates.length > 0 && { Certificates: certificates.slice(0, 1).map((arn) => ({ CertificateArn: arn })) }),
    ...(sslPolicy !== undefined && { SslPolicy: sslPolicy }),
    DefaultActions: actionsView(listener.defaultAction, scope),
    ...(alpnPolicy !== undefined && { AlpnPolicy: [alpnPolicy] }),
    ...(listener.protocol === 'HTTPS' && { MutualAuthentication: { Mode: 'off' } }),
  };
}

/** Returns the API's `Certificate`s, the default one first. */
export function certificatesView({ certificates }: Listener): readonly Elbv2.Certificate[] {
  return certificates.map((arn, at) => ({ CertificateArn: arn, IsDefault: at === 0 }));
}

/** Returns the API's `Rule`. Without `rule` it is the listener's default rule. */
export function ruleView(
  {
    loadBalancer,
    listener,
    rule,
  }: { readonly loadBalancer: LoadBalancer; readonly listener: Listener; readonly rule?: Rule | undefined },
  scope: Scope,
): Elbv2.Rule {
  const arn = ruleArn(scope, { loadBalancer, listener: listener.id, rule: rule?.id ?? listener.defaultRule });
  return {
    RuleArn: arn,
    Priority: rule ? String(rule.priority) : 'default',
    Conditions: (rule?.conditions ?? []).map(conditionView),
    Actions: actionsView(rule?.action ?? listener.defaultAction, scope),
    IsDefault: !rule,
  };
}

/** Two fields contain their values in both members that a request can use. */
function conditionView(condition: Condition): Elbv2.RuleCondition {
  const { field: Field } = condition;
  switch (condition.field) {
    case 'path-pattern':
      return { Field, Values: condition.values, PathPatternConfig: { Values: condition.values } };
    case 'host-header':
      return { Field, Values: condition.values, HostHeaderConfig: { Values: condition.values } };
    case 'http-request-method':
      return { Field, HttpRequestMethodConfig: { Values: condition.values } };
    case 'source-ip':
      return { Field, SourceIpConfig: { Values: condition.values } };
    case 'http-header':
      return { Field, HttpHeaderConfig: { HttpHeaderName: condition.name, Values: condition.values } };
    case 'query-string': {
      const values = condition.values.map(({ key, value }) => ({
        ...(key !== undefined && { Key: key }),
        Value: value,
      }));
      return { Field, QueryStringConfig: { Values: values } };
    }
  }
}
