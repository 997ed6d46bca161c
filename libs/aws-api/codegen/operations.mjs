// The modelled operations that Stowage implements, and the app that owns each one. The gateway rejects all others with
// UnknownOperationException (InvalidAction in the Query protocol).

const by = (owner, names) =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, owner]),
  );

export const ECS_OWNERS = {
  ...by(
    'cluster-manager',
    `CreateCluster UpdateCluster UpdateClusterSettings PutClusterCapacityProviders DeleteCluster
     RegisterContainerInstance DeregisterContainerInstance UpdateContainerInstancesState UpdateContainerAgent
     PutAttributes DeleteAttributes
     RegisterTaskDefinition DeregisterTaskDefinition DeleteTaskDefinitions
     StopTask TagResource UntagResource`,
  ),
  ...by('scheduler', 'RunTask StartTask'),
  ...by('service-controller', 'CreateService UpdateService DeleteService StopServiceDeployment UpdateTaskProtection'),
  ...by(
    'api-gateway',
    `DescribeClusters ListClusters DescribeCapacityProviders
     DescribeContainerInstances ListContainerInstances ListAttributes
     DescribeTaskDefinition ListTaskDefinitions ListTaskDefinitionFamilies DescribeTasks ListTasks ListTagsForResource
     DescribeServices ListServices ListServiceDeployments DescribeServiceDeployments DescribeServiceRevisions
     GetTaskProtection
     PutAccountSetting PutAccountSettingDefault DeleteAccountSetting ListAccountSettings`,
  ),
};

export const ELBV2_OWNERS = {
  ...by(
    'load-balancer-registrar',
    `CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets SetIpAddressType
     CreateTargetGroup ModifyTargetGroup DeleteTargetGroup ModifyTargetGroupAttributes RegisterTargets DeregisterTargets
     CreateListener ModifyListener DeleteListener ModifyListenerAttributes
     AddListenerCertificates RemoveListenerCertificates
     CreateRule ModifyRule DeleteRule SetRulePriorities AddTags RemoveTags`,
  ),
  ...by(
    'api-gateway',
    `DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTargetGroups DescribeTargetGroupAttributes
     DescribeTargetHealth DescribeListeners DescribeListenerAttributes DescribeListenerCertificates DescribeRules
     DescribeTags DescribeSSLPolicies DescribeAccountLimits DescribeCapacityReservation`,
  ),
};

export const STS_OWNERS = by('api-gateway', 'GetCallerIdentity');

export const STOWAGE_OWNERS = {
  ...by('api-gateway', 'CreateJoinToken CreateEventReader GetTaskLogs'),
  ...by('scheduler', 'ExplainPlacement PlanPlacement'),
};

/** Operations that reject malformed input with a ClientException. All others use InvalidParameterException. */
export const CLIENT_EXCEPTION_OPERATIONS = ['RegisterTaskDefinition'];
