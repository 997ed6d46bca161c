/**
 * Codes of rejections. They are the exception names of ECS and of Elastic Load Balancing (the section "errors" of their
 * models), so the gateway maps each code to an HTTP response without translating names.
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
 * An expected rejection: a rule forbids the client's request. The pure code of a core throws it, NATS carries it as
 * data, and the gateway responds with the ECS exception of the same name. A rejected request changes nothing.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** Ids of the conflicting resources, only for `ConflictException`. */
    readonly resourceIds?: readonly string[],
  ) {
    super(message);
  }
}

/** Returns an InvalidParameterException, the most frequent rejection. */
export function invalidParameter(message: string): Refusal {
  return new Refusal('InvalidParameterException', message);
}

/** Returns a ClientException, with which ECS rejects most mistakes in a task definition. */
export function clientError(message: string): Refusal {
  return new Refusal('ClientException', message);
}

/** Returns the rejection of a setting that Stowage does not support yet. `why` names the missing feature. */
export function notYetSupported(setting: string, why: string): Refusal {
  return new Refusal('UnsupportedFeatureException', `The setting '${setting}' is not supported yet: ${why}.`);
}
