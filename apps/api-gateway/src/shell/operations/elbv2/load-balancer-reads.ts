import { attributesView, Elbv2Inputs, loadBalancerView } from '@stowage/aws-api';
import {
  type Elbv2,
  ifMeant,
  invalidParameter,
  type LoadBalancer,
  loadBalancerAttributes,
  loadBalancerNotFound,
  parseLoadBalancerArn,
  Refusal,
  type Scope,
} from '@stowage/domain';
import type { OwnOperation } from '../own-operation';
import type { Reads } from '../reads';
import { elbPage, nextMarker } from './elb-page';

/** DescribeLoadBalancers, DescribeLoadBalancerAttributes and DescribeCapacityReservation (ecs-api 6.3). */
export function loadBalancerReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeLoadBalancers: reads.operation(Elbv2Inputs.DescribeLoadBalancersInput, (input) =>
      describeLoadBalancers(reads, scope, input),
    ),
    DescribeLoadBalancerAttributes: reads.operation(
      Elbv2Inputs.DescribeLoadBalancerAttributesInput,
      async ({ LoadBalancerArn: arn }): Promise<Elbv2.DescribeLoadBalancerAttributesOutput> => ({
        Attributes: attributesView(loadBalancerAttributes(await loadBalancerByArn(reads, scope, arn))),
      }),
    ),
    // Load balancers have no reservation, because the capacity is that of the machine. Terraform requests it after each
    // create and read.
    DescribeCapacityReservation: reads.operation(
      Elbv2Inputs.DescribeCapacityReservationInput,
      async ({ LoadBalancerArn: arn }): Promise<Elbv2.DescribeCapacityReservationOutput> => {
        await loadBalancerByArn(reads, scope, arn);
        return { CapacityReservationState: [] };
      },
    ),
  };
}

async function describeLoadBalancers(
  reads: Reads,
  scope: Scope,
  input: Elbv2.DescribeLoadBalancersInput,
): Promise<Elbv2.DescribeLoadBalancersOutput> {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0) {
    throw invalidParameter('Load balancer names and load balancer ARNs cannot be specified at the same time');
  }
  if (arns.length > 0) return shown(await loadBalancersByArns(reads, scope, arns), scope);
  if (names.length > 0) return shown(await loadBalancersByNames(reads, names), scope);
  const page = await reads.model.loadBalancers.list(elbPage(input));
  return { ...shown(page.items, scope), ...nextMarker(page) };
}

function shown(
  loadBalancers: readonly LoadBalancer[],
  scope: Scope,
): { readonly LoadBalancers: readonly Elbv2.LoadBalancer[] } {
  return { LoadBalancers: loadBalancers.map((each) => loadBalancerView(each, scope)) };
}

async function loadBalancersByNames(reads: Reads, names: readonly string[]): Promise<readonly LoadBalancer[]> {
  const found = await reads.model.loadBalancers.byNames(names);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new Refusal('LoadBalancerNotFoundException', `Load balancers '[${missing.join(', ')}]' not found`);
  }
  return [...found.values()];
}

async function loadBalancersByArns(
  reads: Reads,
  scope: Scope,
  arns: readonly string[],
): Promise<readonly LoadBalancer[]> {
  const refs = [...new Set(arns)].map((arn) => parseLoadBalancerArn(scope, arn));
  const found = await reads.model.loadBalancers.byNames(refs.map(({ name }) => name));
  return refs.map((ref) => {
    const loadBalancer = ifMeant(ref, found.get(ref.name));
    if (!loadBalancer) throw loadBalancerNotFound();
    return loadBalancer;
  });
}

/** @throws Refusal LoadBalancerNotFoundException if the load balancer does not exist. */
export async function loadBalancerByArn(reads: Reads, scope: Scope, arn: string): Promise<LoadBalancer> {
  const [loadBalancer] = await loadBalancersByArns(reads, scope, [arn]);
  if (!loadBalancer) throw loadBalancerNotFound();
  return loadBalancer;
}
