import type { StructureShape } from './shape';

/** The services whose operations the gateway knows. */
export type ServiceName = 'ecs' | 'elbv2' | 'stowage' | 'sts';

/** Who carries an operation out. */
export type OperationOwner =
  'api-gateway' | 'cluster-manager' | 'load-balancer-registrar' | 'scheduler' | 'service-controller';

/** An operation that Stowage has. */
export interface SupportedOperation {
  readonly service: ServiceName;
  readonly name: string;
  readonly owner: OperationOwner;
  readonly input: StructureShape;
  /** What an input that breaks a limit of the model is refused with. */
  readonly refusal: 'ClientException' | 'InvalidParameterException';
}

/** An operation of the model that Stowage does not have. */
export interface UnsupportedOperation {
  readonly service: ServiceName;
  readonly name: string;
  readonly owner?: undefined;
}

export type Operation = SupportedOperation | UnsupportedOperation;
