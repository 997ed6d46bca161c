import { readFileSync } from 'node:fs';
import { acceptJoinToken, type ClusterName, createJoinToken, Refusal } from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import { agentCredentials, type Authority } from '../authority/authority';
import type { Caller } from '../operations';
import type { Runtime } from '../runtime';
import type { SecretSealer } from '../sealing';
import { instanceOfJoin, type JoinAnswer, joinAnswer, joinTokenText, newJoinToken, verifyJoinRequest } from './join';

export interface JoinServiceOptions {
  readonly authority: Authority;
  readonly sealer: SecretSealer;
  /** Addresses under which agents reach the servers. */
  readonly natsUrls: readonly string[];
  readonly caFile?: string;
}

/** Creates join tokens and accepts machines that present them. The gateway exposes it over HTTP. */
export class JoinService {
  constructor(
    private readonly runtime: Pick<Runtime, 'fold' | 'commands' | 'journal'>,
    private readonly options: JoinServiceOptions,
  ) {}

  /**
   * Addresses under which agents reach NATS. They are not secret, because an agent that joined by TLS accepts only
   * servers of its deployment there.
   */
  get natsUrls(): readonly string[] {
    return this.options.natsUrls;
  }

  /**
   * Creates a join token. Its text is returned to the caller only; it is neither in the journal nor in a log.
   * @throws Refusal if the cluster is not ACTIVE.
   */
  async createToken(
    wanted: { readonly cluster: ClusterName; readonly expiresInMs: number; readonly oneTime: boolean },
    caller: Caller,
  ): Promise<{ readonly token: string; readonly expiresAt: number; readonly sequence: number }> {
    const token = newJoinToken();
    const sealedSecret = this.options.sealer.seal(token.secret, token.id);
    const { result, sequence } = await this.runtime.commands.execute({
      decide: (state, at) => {
        if (state.clusters.get(wanted.cluster)?.status !== 'ACTIVE') {
          throw new Refusal('ClusterNotFoundException', 'Cluster not found.');
        }
        const event = createJoinToken({ ...wanted, token: token.id, sealedSecret }, at);
        return {
          events: [event],
          reads: [subjectOf({ kind: 'cluster', cluster: wanted.cluster })],
          result: event.expiresAt,
        };
      },
      atLeast: await this.runtime.journal.lastSequence(),
      actor: caller.principal,
      cause: caller.requestId,
    });
    return { token: joinTokenText(token), expiresAt: result, sequence };
  }

  /**
   * Accepts a machine.
   * @throws Refusal if the request is malformed, or if its token is unknown, expired or used up.
   */
  async join(body: unknown, requestId: string): Promise<JoinAnswer> {
    await this.runtime.fold.catchUp(JOIN_FOLD_TIMEOUT_MS);
    const secretOf = (tokenId: string): string | undefined => this.secretOf(tokenId);
    const request = verifyJoinRequest(body, secretOf);
    const instance = instanceOfJoin(request);
    const { result: cluster } = await this.runtime.commands.execute({
      decide: (state, at) => {
        const token = state.joinTokens.get(request.tokenId);
        const events = acceptJoinToken(token, instance, at);
        if (!token) throw new Refusal('AccessDeniedException', 'The join token is not known.');
        return { events, result: token.cluster };
      },
      atLeast: this.runtime.fold.position,
      actor: 'service:join',
      cause: requestId,
    });
    const { authority, natsUrls, caFile } = this.options;
    const jwt = await agentCredentials(authority, request.publicKey, instance);
    const ca = caFile && readFileSync(caFile, 'utf8');
    return joinAnswer(secretOf(request.tokenId) ?? '', request, {
      jwt,
      ...(ca && { ca }),
      natsUrls,
      cluster,
      instance,
    });
  }

  private secretOf(tokenId: string): string | undefined {
    const token = this.runtime.fold.state.joinTokens.get(tokenId);
    return token && this.options.sealer.open(token.sealedSecret, token.id);
  }
}

/** Time for which a join request waits for the fold. */
const JOIN_FOLD_TIMEOUT_MS = 5_000;
