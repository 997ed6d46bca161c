import { ECS_OPERATIONS } from './generated/ecs-operations';
import { ELBV2_OPERATIONS } from './generated/elbv2-operations';
import { ELBV2_OUTPUTS } from './generated/elbv2-outputs';
import { STOWAGE_OPERATIONS } from './generated/stowage-operations';
import { STS_OPERATIONS } from './generated/sts-operations';
import { STS_OUTPUTS } from './generated/sts-outputs';
import type { Operation, ServiceName } from './model/operation';
import type { StructureShape } from './model/shape';

/** One of the services behind the endpoint. */
export interface Service {
  readonly name: ServiceName;
  /** Service name in the credential scope of its requests. */
  readonly signingName: string;
  /** Prefix before the colon in the names of its actions in IAM policies. */
  readonly actionPrefix: string;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly protocol: JsonProtocol | QueryProtocol;
}

export interface JsonProtocol {
  readonly kind: 'json';
  /** Prefix of `X-Amz-Target` before the dot. */
  readonly targetPrefix: string;
}

export interface QueryProtocol {
  readonly kind: 'query';
  /** Value of the parameter `Version`. */
  readonly version: string;
  readonly namespace: string;
  readonly outputs: Readonly<Record<string, StructureShape>>;
}

const byName = (operations: readonly Operation[]): ReadonlyMap<string, Operation> =>
  new Map(operations.map((operation) => [operation.name, operation]));

export const ECS: Service = {
  name: 'ecs',
  signingName: 'ecs',
  actionPrefix: 'ecs',
  operations: byName(ECS_OPERATIONS),
  protocol: { kind: 'json', targetPrefix: 'AmazonEC2ContainerServiceV20141113' },
};

/** Stowage's own operations. Their requests are signed like ECS's, so that a client of one can call the other. */
export const STOWAGE: Service = {
  name: 'stowage',
  signingName: 'ecs',
  actionPrefix: 'stowage',
  operations: byName(STOWAGE_OPERATIONS),
  protocol: { kind: 'json', targetPrefix: 'Stowage_20261122' },
};

export const STS: Service = {
  name: 'sts',
  signingName: 'sts',
  actionPrefix: 'sts',
  operations: byName(STS_OPERATIONS),
  protocol: {
    kind: 'query',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    outputs: STS_OUTPUTS,
  },
};

export const ELBV2: Service = {
  name: 'elbv2',
  signingName: 'elasticloadbalancing',
  actionPrefix: 'elasticloadbalancing',
  operations: byName(ELBV2_OPERATIONS),
  protocol: {
    kind: 'query',
    version: '2015-12-01',
    namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    outputs: ELBV2_OUTPUTS,
  },
};

export const SERVICES: readonly Service[] = [ECS, STOWAGE, STS, ELBV2];
