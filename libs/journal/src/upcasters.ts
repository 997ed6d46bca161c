import { CURRENT_VERSIONS, type DomainEvent } from '@stowage/domain';

/** An event as it was stored, of any version. */
export type StoredBody = Readonly<Record<string, unknown>>;
/** Converts an event to the next version without losing meaning. */
export type Upcaster = (body: StoredBody) => StoredBody;

/** By `<type>@<version that it reads>`. There are none yet, because every event is at its first version. */
export const UPCASTERS: Readonly<Record<string, Upcaster>> = {};

/**
 * Thrown when the journal has an event that this build does not know, because a newer build wrote it. It is never
 * skipped.
 */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** Number of versions that one event may be behind. */
const STEPS_MAX = 100;

/**
 * Returns the event in the current version.
 * @throws UnknownEvent
 */
export function upcast(
  body: StoredBody,
  upcasters: Readonly<Record<string, Upcaster>> = UPCASTERS,
  current: Readonly<Record<string, number>> = CURRENT_VERSIONS,
): DomainEvent {
  let event = body;
  for (let step = 0; step <= STEPS_MAX; step += 1) {
    const { type, version } = event;
    if (typeof type !== 'string' || typeof version !== 'number') break;
    // The cast of the codec: everything that was stored under this type and version has this shape.
    if (current[type] === version) return event as unknown as DomainEvent;
    const upcaster = upcasters[`${type}@${String(version)}`];
    if (!upcaster) break;
    event = upcaster(event);
  }
  throw new UnknownEvent(
    `The journal holds ${JSON.stringify(event['type'])}, version ${JSON.stringify(event['version'])}, ` +
      'which this build does not know. Run a newer one.',
  );
}
