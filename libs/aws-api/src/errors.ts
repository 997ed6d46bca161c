import type { RefusalCode } from '@stowage/domain';

/** Errors that no operation models: those of the protocols, of the signature, and of overload (ecs-api 8.2). */
export type ProtocolErrorCode =
  | 'ExpiredTokenException'
  | 'IncompleteSignatureException'
  | 'InternalFailure'
  | 'InvalidSignatureException'
  | 'MissingAuthenticationTokenException'
  | 'RequestEntityTooLarge'
  | 'SerializationException'
  | 'ServiceUnavailable'
  | 'ThrottlingException'
  | 'UnknownOperationException'
  | 'UnrecognizedClientException';

export type ApiErrorCode = RefusalCode | ProtocolErrorCode;

interface ErrorRow {
  readonly status: number;
  /** Error code and status in Query services, where the code is not the name without `Exception`. */
  readonly query?: { readonly code: string; readonly status: number };
  /** The same for S3's protocol. */
  readonly s3?: { readonly code: string; readonly status: number };
}

const SENT_WRONGLY: ErrorRow = { status: 400 };
const WRONG_SIGNATURE: ErrorRow = { status: 400, query: { code: 'SignatureDoesNotMatch', status: 403 } };

/** The only table from errors to HTTP (ecs-api 3.1, 3.3, 3.4, 8). */
export const ERROR_TABLE: Readonly<Record<ApiErrorCode, ErrorRow>> = {
  AccessDeniedException: { status: 400, query: { code: 'AccessDenied', status: 403 } },
  AttributeLimitExceededException: SENT_WRONGLY,
  ClientException: SENT_WRONGLY,
  ClusterContainsCapacityProviderException: SENT_WRONGLY,
  ClusterContainsContainerInstancesException: SENT_WRONGLY,
  ClusterContainsServicesException: SENT_WRONGLY,
  ClusterContainsTasksException: SENT_WRONGLY,
  ClusterNotFoundException: SENT_WRONGLY,
  ConflictException: SENT_WRONGLY,
  InvalidParameterException: { status: 400, query: { code: 'ValidationError', status: 400 } },
  LimitExceededException: SENT_WRONGLY,
  MissingVersionException: SENT_WRONGLY,
  NoUpdateAvailableException: SENT_WRONGLY,
  ResourceInUseException: SENT_WRONGLY,
  ResourceNotFoundException: SENT_WRONGLY,
  ServerException: { status: 500, query: { code: 'InternalFailure', status: 500 } },
  ServiceDeploymentNotFoundException: SENT_WRONGLY,
  ServiceNotActiveException: SENT_WRONGLY,
  ServiceNotFoundException: SENT_WRONGLY,
  TargetNotFoundException: SENT_WRONGLY,
  UnsupportedFeatureException: SENT_WRONGLY,
  UpdateInProgressException: SENT_WRONGLY,
  ALPNPolicyNotSupportedException: { status: 400, query: { code: 'ALPNPolicyNotFound', status: 400 } },
  CertificateNotFoundException: SENT_WRONGLY,
  DuplicateListenerException: SENT_WRONGLY,
  DuplicateLoadBalancerNameException: SENT_WRONGLY,
  DuplicateTagKeysException: SENT_WRONGLY,
  DuplicateTargetGroupNameException: SENT_WRONGLY,
  IncompatibleProtocolsException: SENT_WRONGLY,
  InvalidConfigurationRequestException: SENT_WRONGLY,
  InvalidLoadBalancerActionException: SENT_WRONGLY,
  InvalidTargetException: SENT_WRONGLY,
  ListenerNotFoundException: SENT_WRONGLY,
  LoadBalancerNotFoundException: SENT_WRONGLY,
  OperationNotPermittedException: SENT_WRONGLY,
  PriorityInUseException: SENT_WRONGLY,
  RuleNotFoundException: SENT_WRONGLY,
  SSLPolicyNotFoundException: SENT_WRONGLY,
  TargetGroupAssociationLimitException: SENT_WRONGLY,
  TargetGroupNotFoundException: SENT_WRONGLY,
  TooManyActionsException: SENT_WRONGLY,
  TooManyCertificatesException: SENT_WRONGLY,
  TooManyListenersException: SENT_WRONGLY,
  TooManyLoadBalancersException: SENT_WRONGLY,
  TooManyRulesException: SENT_WRONGLY,
  TooManyTagsException: SENT_WRONGLY,
  TooManyTargetGroupsException: SENT_WRONGLY,
  TooManyTargetsException: SENT_WRONGLY,
  TooManyUniqueTargetGroupsPerLoadBalancerException: SENT_WRONGLY,
  UnsupportedProtocolException: SENT_WRONGLY,
  ExpiredTokenException: { status: 400, query: { code: 'ExpiredToken', status: 403 } },
  IncompleteSignatureException: { status: 400, query: { code: 'IncompleteSignature', status: 400 } },
  InternalFailure: { status: 500 },
  InvalidSignatureException: WRONG_SIGNATURE,
  MissingAuthenticationTokenException: { status: 400, query: { code: 'MissingAuthenticationToken', status: 403 } },
  RequestEntityTooLarge: { status: 413 },
  SerializationException: { status: 400, query: { code: 'MalformedInput', status: 400 } },
  ServiceUnavailable: { status: 503 },
  ThrottlingException: { status: 400, query: { code: 'Throttling', status: 400 } },
  UnknownOperationException: {
    status: 400,
    query: { code: 'InvalidAction', status: 400 },
    // A response to HEAD has no body, so the status alone must identify the error.
    s3: { code: 'NotImplemented', status: 501 },
  },
  UnrecognizedClientException: { status: 400, query: { code: 'InvalidClientTokenId', status: 403 } },
};

/** An error in an API response. Its status is that of the table by default. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status?: number;
  /** Only for `ConflictException`. */
  readonly resourceIds?: readonly string[];
  /** Seconds after which the client can retry. */
  readonly retryAfterSeconds?: number;

  constructor(
    readonly code: ApiErrorCode,
    message: string,
    details: Pick<ApiError, 'status' | 'resourceIds' | 'retryAfterSeconds'> = {},
  ) {
    super(message);
    Object.assign(this, details);
  }
}

/** ECS's message for its internal errors (ecs-api 8.1). */
export const UNAVAILABLE_TEXT = 'Service Unavailable. Please try again later.';

/** Returns the error for a dependency that is unreachable or lags. Its status is 503, so that clients retry. */
export function unavailable(text = UNAVAILABLE_TEXT): ApiError {
  return new ApiError('ServerException', text, { status: 503, retryAfterSeconds: 1 });
}
