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

/** Who is asking, and which service. */
export interface Authenticated {
  readonly principal: Principal;
  readonly service: Service;
  readonly accessKeyId: string;
}

/** Who a request says it is from, and the service that it is for. */
export interface ClaimedRequest {
  readonly claim: SignatureClaim;
  readonly service: Service;
}

export interface AuthenticationOptions {
  /** Whether a presigned URL will do: only where that is how clients pass on a right, and never for a write. */
  readonly presigned?: boolean;
}

/** Finds out who signed a request; nothing is answered to anybody else. */
@Injectable()
export class Authentication {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly keys: AccessKeys,
    @Inject(GatewayConfig) private readonly config: Pick<GatewayConfig, 'readTimeoutMs'>,
  ) {}

  /** @throws ApiError as the table of ecs-api 3.4 says. */
  authenticate(request: SignedRequest, options: AuthenticationOptions = {}): Promise<Authenticated> {
    return this.verify(request, this.claimOf(request, options));
  }

  /** The first half of {@link authenticate}: reads who a request says it is from. Nothing of that is checked yet. */
  claimOf(request: SignedRequest, options: AuthenticationOptions = {}): ClaimedRequest {
    const claim = readClaim(request);
    const service = serviceOf(request, claim.scope.service);
    // Presigned URLs are for passing on one's identity, and a look at the events; for nothing else.
    if (claim.in === 'query' && service !== STS && !options.presigned) {
      throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    return { claim, service };
  }

  /** The second half of {@link authenticate}. @throws ApiError as the table of ecs-api 3.4 says. */
  async verify(request: SignedRequest, { claim, service }: ClaimedRequest): Promise<Authenticated> {
    const key = await this.keyOf(claim.accessKeyId);
    const { scope, now } = this.runtime;
    await verifySignature(request, claim, {
      region: scope.region,
      service: service.signingName,
      now: now(),
      secret: key?.secret,
    });
    // verifySignature refuses keys without a secret.
    if (!key)
      throw new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    return { principal: key.principal, service, accessKeyId: claim.accessKeyId };
  }

  /** A key that another replica made a moment ago is in the journal, if not yet in this fold. */
  private async keyOf(accessKeyId: string): Promise<OpenedKey | undefined> {
    const known = this.keys.find(accessKeyId);
    if (known) return known;
    await this.runtime.fold.catchUp(this.config.readTimeoutMs);
    return this.keys.find(accessKeyId);
  }
}
