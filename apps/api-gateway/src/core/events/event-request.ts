import { invalidParameter } from '@stowage/domain';
import { parseSequence, parseTime } from '../journal-position';

/** Start of a stream: after a sequence, at a time, or with the next event. */
export type EventStart = { readonly after: number } | { readonly time: number } | { readonly now: true };

export type EventFormat = 'stowage' | 'eventbridge';

/** Request of a reader of the event stream. */
export interface EventRequest {
  readonly start: EventStart;
  /** Only events of this cluster and of its contents: a name or ARN, as the reader gave it. */
  readonly cluster?: string;
  /** Only events of these types. */
  readonly types?: ReadonlySet<string>;
  readonly format: EventFormat;
}

const PARAMETERS = ['from', 'cluster', 'type', 'format'];

/**
 * Parses the query of `GET /events`. `Last-Event-ID`, which a reader sends when it reconnects, takes precedence over
 * `from`.
 * @throws Refusal that names the parameter that is not valid.
 */
export function parseEventRequest(
  query: URLSearchParams,
  lastEventId: string | undefined,
  typesOf: (format: EventFormat) => ReadonlySet<string>,
): EventRequest {
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name) && !name.startsWith('X-Amz-'));
  if (unknown !== undefined) {
    throw invalidParameter(`${unknown}: unknown parameter; the parameters are ${PARAMETERS.join(', ')}.`);
  }
  const cluster = query.get('cluster');
  const types = query.getAll('type').flatMap((each) => each.split(','));
  const format = formatOf(query.get('format') ?? 'stowage');
  return {
    start: lastEventId === undefined ? parseEventStart(query.get('from') ?? undefined) : startAfter(lastEventId),
    format,
    ...(cluster !== null && { cluster }),
    ...(types.length > 0 && { types: checkedTypes(types, typesOf(format)) }),
  };
}

function startAfter(lastEventId: string): EventStart {
  const after = parseSequence(lastEventId);
  if (after !== undefined) return { after };
  throw invalidParameter('Last-Event-ID: must be the sequence of an event.');
}

/**
 * Parses `from`. Without it, the stream starts with the next event.
 * @throws Refusal if it is neither a sequence nor a time.
 */
export function parseEventStart(from: string | undefined): EventStart {
  if (from === undefined) return { now: true };
  const sequence = parseSequence(from);
  if (sequence !== undefined) return { after: Math.max(0, sequence - 1) };
  const time = parseTime(from);
  if (time !== undefined) return { time };
  throw invalidParameter('from: must be a sequence, or a time as in 2026-11-22T09:30:00Z.');
}

function formatOf(format: string): EventFormat {
  if (format === 'stowage' || format === 'eventbridge') return format;
  throw invalidParameter('format: must be "stowage" or "eventbridge".');
}

function checkedTypes(types: readonly string[], known: ReadonlySet<string>): ReadonlySet<string> {
  const wrong = types.find((type) => !known.has(type));
  if (wrong === undefined) return new Set(types);
  throw invalidParameter(`type: unknown event type "${wrong}"; the types are ${[...known].join(', ')}.`);
}
