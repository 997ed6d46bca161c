/** AWS's default quotas, named as in DescribeAccountLimits. */
export const ELB_LIMITS = {
  'application-load-balancers': 50,
  'network-load-balancers': 50,
  'target-groups': 3_000,
  'targets-per-target-group': 1_000,
  'listeners-per-application-load-balancer': 50,
  'listeners-per-network-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'certificates-per-application-load-balancer': 25,
  'certificates-per-network-load-balancer': 25,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 6,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-groups-per-application-load-balancer': 100,
} as const;
