import { Inject, Injectable } from '@nestjs/common';
import {
  ApiError,
  readClaim,
  type Service,
  serviceOf,
  type SignatureClaim,
  type SignedRequest,
  STS,
  verifySignature,
} from '@stowage/aws-api';
import type { Principal } from '@stowage/domain';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';
import { AccessKeys, type OpenedKey } from './access-keys';

/** The authenticated principal, and the service that the request is for. */
export interface Authenticated {
  readonly principal: Principal;
  readonly service: Service;
  readonly accessKeyId: string;
}

/** The identity that a request claims, which is not verified yet, and the service that the request is for. */
export interface ClaimedRequest {
  readonly claim: SignatureClaim;
  readonly service: Service;
}

export interface AuthenticationOptions {
  /** Accepts a presigned URL. Set only where clients pass on a right in this way, and never for a write. */
  readonly presigned?: boolean;
}

/** Authenticates requests by their signature. */
@Injectable()
export class Authentication {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly keys: AccessKeys,
    @Inject(GatewayConfig) private readonly config: Pick<GatewayConfig, 'readTimeoutMs'>,
  ) {}

  /**
   * Authenticates a request.
   * @throws ApiError as listed in the table of ecs-api 3.4.
   */
  authenticate(request: SignedRequest, options: AuthenticationOptions = {}): Promise<Authenticated> {
    return this.verify(request, this.claimOf(request, options));
  }

  /** The first half of {@link authenticate}: reads the identity that a request claims, without verifying it. */
  claimOf(request: SignedRequest, options: AuthenticationOptions = {}): ClaimedRequest {
    const claim = readClaim(request);
    const service = serviceOf(request, claim.scope.service);
    // Presigned URLs are accepted only for GetCallerIdentity, with which clients prove their identity, and for the
    // event stream.
    if (claim.in === 'query' && service !== STS && !options.presigned) {
      throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    return { claim, service };
  }

  /**
   * The second half of {@link authenticate}: verifies the claim.
   * @throws ApiError as listed in the table of ecs-api 3.4.
   */
  async verify(request: SignedRequest, { claim, service }: ClaimedRequest): Promise<Authenticated> {
    const key = await this.keyOf(claim.accessKeyId);
    const { scope, now } = this.runtime;
    await verifySignature(request, claim, {
      region: scope.region,
      service: service.signingName,
      now: now(),
      secret: key?.secret,
    });
    // verifySignature rejects keys without a secret.
    if (!key)
      throw new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    return { principal: key.principal, service, accessKeyId: claim.accessKeyId };
  }

  /** Finds a key. If another replica has just created it, it is in the journal but may not be in this fold yet. */
  private async keyOf(accessKeyId: string): Promise<OpenedKey | undefined> {
    const known = this.keys.find(accessKeyId);
    if (known) return known;
    await this.runtime.fold.catchUp(this.config.readTimeoutMs);
    return this.keys.find(accessKeyId);
  }
}
