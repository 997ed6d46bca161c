import { CURRENT_VERSIONS, type DomainEvent } from '@stowage/domain';

/** An event as it was stored, of whatever version. */
export type StoredBody = Readonly<Record<string, unknown>>;
/** Makes an event of one version into the next one, without loss of meaning. */
export type Upcaster = (body: StoredBody) => StoredBody;

/** By `<type>@<version that it reads>`. None yet: every event is at its first version. */
export const UPCASTERS: Readonly<Record<string, Upcaster>> = {};

/** The journal holds an event that this build does not know: it was written by a newer one. Never skipped. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** So many versions one event may be behind. */
const STEPS_MAX = 100;

/** The event in today's version. @throws UnknownEvent */
export function upcast(
  body: StoredBody,
  upcasters: Readonly<Record<string, Upcaster>> = UPCASTERS,
  current: Readonly<Record<string, number>> = CURRENT_VERSIONS,
): DomainEvent {
  let event = body;
  for (let step = 0; step <= STEPS_MAX; step += 1) {
    const { type, version } = event;
    if (typeof type !== 'string' || typeof version !== 'number') break;
    // The codec's cast: what was stored under this type and version is what the types say.
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
