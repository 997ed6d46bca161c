import type { DomainEvent, EventMeta } from '@stowage/domain';

/** An event as readers of the event stream get it, in Stowage's own shape (docs/events.md). */
export interface PublishedEvent {
  readonly sequence: number;
  /** The sequence of its transaction's last event: what the whole transaction is known by. */
  readonly position: number;
  readonly time: string;
  readonly subject: string;
  readonly transaction: string;
  readonly actor: string;
  readonly cause: string;
  readonly event: object;
}

/** What readers see of an event: all of it but secrets, sealed ones too. */
export function publishedEvent(
  {
    sequence,
    at,
    event,
    subject,
    transaction,
    actor,
    cause,
  }: EventMeta & {
    readonly subject: string;
    readonly event: DomainEvent;
  },
  position: number,
): PublishedEvent {
  const time = new Date(at).toISOString();
  return { sequence, position, time, subject, transaction, actor, cause, event: withoutSecrets(event) };
}

/** Sealed or not, a secret is of no use to a reader: only gateways can open it. */
function withoutSecrets(event: DomainEvent): object {
  if (event.type !== 'AccessKeyCreated' && event.type !== 'JoinTokenCreated') return event;
  const { sealedSecret: _secret, ...others } = event;
  return others;
}
