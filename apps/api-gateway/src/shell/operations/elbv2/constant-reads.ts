import { Elbv2Inputs } from '@stowage/aws-api';
import { ELB_LIMITS, type Elbv2, Refusal, SSL_POLICIES } from '@stowage/domain';
import { type OwnOperation, operationFor } from '../own-operation';

/** DescribeSSLPolicies and DescribeAccountLimits: the same answer for all callers, on one page each. */
export function constantReads(): Readonly<Record<string, OwnOperation>> {
  return {
    DescribeSSLPolicies: operationFor(Elbv2Inputs.DescribeSSLPoliciesInput, (input, { floor }) =>
      Promise.resolve({ output: sslPolicies(input), sequence: floor }),
    ),
    DescribeAccountLimits: operationFor(Elbv2Inputs.DescribeAccountLimitsInput, (_input, { floor }) =>
      Promise.resolve({ output: accountLimits(), sequence: floor }),
    ),
  };
}

const SSL_POLICIES_OF = ['application', 'network'];

function sslPolicies({
  Names: names = [],
  LoadBalancerType: type = 'application',
}: Elbv2.DescribeSSLPoliciesInput): Elbv2.DescribeSSLPoliciesOutput {
  const unknown = names.find((wanted) => !SSL_POLICIES.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new Refusal('SSLPolicyNotFoundException', `SSL policy '${unknown}' not found`);
  const ofType = SSL_POLICIES_OF.includes(type) ? SSL_POLICIES : [];
  const wanted = ofType.filter(({ name }) => names.length === 0 || names.includes(name));
  return {
    SslPolicies: wanted.map(({ name, protocols, ciphers }) => ({
      Name: name,
      SslProtocols: protocols,
      Ciphers: ciphers.map((cipher, at) => ({ Name: cipher, Priority: at + 1 })),
      SupportedLoadBalancerTypes: SSL_POLICIES_OF,
    })),
  };
}

function accountLimits(): Elbv2.DescribeAccountLimitsOutput {
  return { Limits: Object.entries(ELB_LIMITS).map(([Name, max]) => ({ Name, Max: String(max) })) };
}
