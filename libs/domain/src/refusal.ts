/**
 * What a business refusal is called. These are the exception names of ECS and of Elastic Load Balancing (their models,
 * section "errors"), so that the gateway's table from code to HTTP answer has one row each and nothing is translated twice.
 */
export type RefusalCode = EcsRefusalCode | LoadBalancingRefusalCode;

type EcsRefusalCode =
  | 'AccessDeniedException'
  | 'AttributeLimitExceededException'
  | 'ClientException'
  | 'ClusterContainsCapacityProviderException'
  | 'ClusterContainsContainerInstancesException'
  | 'ClusterContainsServicesException'
  | 'ClusterContainsTasksException'
  | 'ClusterNotFoundException'
  | 'ConflictException'
  | 'InvalidParameterException'
  | 'LimitExceededException'
  | 'MissingVersionException'
  | 'NoUpdateAvailableException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'ServerException'
  | 'ServiceDeploymentNotFoundException'
  | 'ServiceNotActiveException'
  | 'ServiceNotFoundException'
  | 'TargetNotFoundException'
  | 'UnsupportedFeatureException'
  | 'UpdateInProgressException';

type LoadBalancingRefusalCode =
  | 'ALPNPolicyNotSupportedException'
  | 'CertificateNotFoundException'
  | 'DuplicateListenerException'
  | 'DuplicateLoadBalancerNameException'
  | 'DuplicateTagKeysException'
  | 'DuplicateTargetGroupNameException'
  | 'IncompatibleProtocolsException'
  | 'InvalidConfigurationRequestException'
  | 'InvalidLoadBalancerActionException'
  | 'InvalidTargetException'
  | 'ListenerNotFoundException'
  | 'LoadBalancerNotFoundException'
  | 'OperationNotPermittedException'
  | 'PriorityInUseException'
  | 'RuleNotFoundException'
  | 'SSLPolicyNotFoundException'
  | 'TargetGroupAssociationLimitException'
  | 'TargetGroupNotFoundException'
  | 'TooManyActionsException'
  | 'TooManyCertificatesException'
  | 'TooManyListenersException'
  | 'TooManyLoadBalancersException'
  | 'TooManyRulesException'
  | 'TooManyTagsException'
  | 'TooManyTargetGroupsException'
  | 'TooManyTargetsException'
  | 'TooManyUniqueTargetGroupsPerLoadBalancerException'
  | 'UnsupportedProtocolException';

/**
 * A refusal that is business as usual: the caller asked for something that the rules forbid. Thrown by the pure code
 * of a core, carried over NATS as data, answered by the gateway as the ECS exception of the same name. It leaves
 * nothing behind.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** Only for `ConflictException`: the ids of what is in the way. */
    readonly resourceIds?: readonly string[],
  ) {
    super(message);
  }
}

/** Shorthand for the commonest refusal. */
export function invalidParameter(message: string): Refusal {
  return new Refusal('InvalidParameterException', message);
}

/** Shorthand for the answer that ECS gives to most mistakes in a task definition. */
export function clientError(message: string): Refusal {
  return new Refusal('ClientException', message);
}

/** The refusal of a setting that Stowage does not have yet. `why` says what is absent. */
export function notYetSupported(setting: string, why: string): Refusal {
  return new Refusal('UnsupportedFeatureException', `The setting '${setting}' is not supported yet: ${why}.`);
}
