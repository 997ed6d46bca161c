import type { StructureShape } from './shape';

/** The services whose operations the gateway implements. */
export type ServiceName = 'ecs' | 'elbv2' | 'stowage' | 'sts';

/** The app that executes an operation. */
export type OperationOwner =
  'api-gateway' | 'cluster-manager' | 'load-balancer-registrar' | 'scheduler' | 'service-controller';

/** An operation that Stowage implements. */
export interface SupportedOperation {
  readonly service: ServiceName;
  readonly name: string;
  readonly owner: OperationOwner;
  readonly input: StructureShape;
  /** Code of the error for an input that violates a limit of the model. */
  readonly refusal: 'ClientException' | 'InvalidParameterException';
}

/** An operation of the model that Stowage does not implement. */
export interface UnsupportedOperation {
  readonly service: ServiceName;
  readonly name: string;
  readonly owner?: undefined;
}

export type Operation = SupportedOperation | UnsupportedOperation;
