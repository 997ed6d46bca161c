import { attributesView, certificatesView, Elbv2Inputs, listenerView, ruleView } from '@stowage/aws-api';
import {
  type Elbv2,
  type FoundListener,
  type FoundRule,
  invalidParameter,
  knownListener,
  knownRule,
  listenerAttributes,
  type ListenerRef,
  parseListenerArn,
  parseRuleArn,
  type Scope,
} from '@stowage/domain';
import type { OwnOperation } from '../own-operation';
import type { Reads } from '../reads';
import { elbPage, nextMarker } from './elb-page';
import { loadBalancerByArn } from './load-balancer-reads';

/** Reads of listeners and their rules (ecs-api 6.5). */
export function listenerReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeListeners: reads.operation(Elbv2Inputs.DescribeListenersInput, (input) =>
      describeListeners(reads, scope, input),
    ),
    DescribeListenerAttributes: reads.operation(
      Elbv2Inputs.DescribeListenerAttributesInput,
      async ({ ListenerArn: arn }): Promise<Elbv2.DescribeListenerAttributesOutput> => {
        const { listener } = await listenerByArn(reads, scope, arn);
        return { Attributes: attributesView(listenerAttributes(listener)) };
      },
    ),
    DescribeListenerCertificates: reads.operation(Elbv2Inputs.DescribeListenerCertificatesInput, (input) =>
      describeCertificates(reads, scope, input),
    ),
    DescribeRules: reads.operation(Elbv2Inputs.DescribeRulesInput, (input) => describeRules(reads, scope, input)),
  };
}

async function describeListeners(
  reads: Reads,
  scope: Scope,
  input: Elbv2.DescribeListenersInput,
): Promise<Elbv2.DescribeListenersOutput> {
  const { LoadBalancerArn: loadBalancerArn, ListenerArns: arns = [] } = input;
  if ((loadBalancerArn === undefined) === (arns.length === 0)) {
    throw invalidParameter('You must specify either listener ARNs or a load balancer ARN');
  }
  const view = ({ listener, loadBalancer }: FoundListener): Elbv2.Listener =>
    listenerView(listener, loadBalancer, scope);
  if (loadBalancerArn === undefined) {
    const refs = [...new Set(arns)].map((arn) => parseListenerArn(scope, arn));
    const state = await loadBalancersOf(reads, refs);
    return { Listeners: refs.map((ref) => view(knownListener(state, ref))) };
  }
  const loadBalancer = await loadBalancerByArn(reads, scope, loadBalancerArn);
  const page = reads.model.loadBalancers.listenersOf(loadBalancer, elbPage(input));
  return { Listeners: page.items.map(view), ...nextMarker(page) };
}

async function describeRules(
  reads: Reads,
  scope: Scope,
  input: Elbv2.DescribeRulesInput,
): Promise<Elbv2.DescribeRulesOutput> {
  const { ListenerArn: listenerArn, RuleArns: arns = [] } = input;
  if ((listenerArn === undefined) === (arns.length === 0)) {
    throw invalidParameter('You must specify either rule ARNs or a listener ARN');
  }
  const view = (found: FoundRule): Elbv2.Rule => ruleView(found, scope);
  if (listenerArn === undefined) {
    const refs = [...new Set(arns)].map((arn) => parseRuleArn(scope, arn));
    const state = await loadBalancersOf(reads, refs);
    return { Rules: refs.map((ref) => view(knownRule(state, ref))) };
  }
  const found = await listenerByArn(reads, scope, listenerArn);
  const page = reads.model.loadBalancers.rulesOf(found, elbPage(input));
  return { Rules: page.items.map(view), ...nextMarker(page) };
}

async function describeCertificates(
  reads: Reads,
  scope: Scope,
  input: Elbv2.DescribeListenerCertificatesInput,
): Promise<Elbv2.DescribeListenerCertificatesOutput> {
  const found = await listenerByArn(reads, scope, input.ListenerArn);
  const page = reads.model.loadBalancers.certificatesOf(found, elbPage(input));
  const views = new Map(certificatesView(found.listener).map((view) => [view.CertificateArn, view]));
  return { Certificates: page.items.flatMap((arn) => views.get(arn) ?? []), ...nextMarker(page) };
}

async function listenerByArn(reads: Reads, scope: Scope, arn: string): Promise<FoundListener> {
  const ref = parseListenerArn(scope, arn);
  return knownListener(await loadBalancersOf(reads, [ref]), ref);
}

async function loadBalancersOf(
  { model }: Reads,
  refs: readonly ListenerRef[],
): Promise<Parameters<typeof knownListener>[0]> {
  return { loadBalancers: await model.loadBalancers.byNames(refs.map(({ loadBalancer }) => loadBalancer.name)) };
}
