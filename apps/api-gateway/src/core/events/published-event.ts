import type { DomainEvent, EventMeta } from '@stowage/domain';

/** An event in Stowage's own format, as readers of the event stream receive it (docs/events.md). */
export interface PublishedEvent {
  readonly sequence: number;
  /** Sequence of the last event of its transaction, which identifies the transaction. */
  readonly position: number;
  readonly time: string;
  readonly subject: string;
  readonly transaction: string;
  readonly actor: string;
  readonly cause: string;
  readonly event: object;
}

/** Returns the published form of an event: all members except secrets, including sealed ones. */
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

/** Readers cannot use a secret, not even a sealed one, because only gateways can open it. */
function withoutSecrets(event: DomainEvent): object {
  if (event.type !== 'AccessKeyCreated' && event.type !== 'JoinTokenCreated') return event;
  const { sealedSecret: _secret, ...others } = event;
  return others;
}
