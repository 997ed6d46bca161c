import { invalidParameter } from '@stowage/domain';
import { parseSequence, parseTime } from '../points-of-the-journal';

/** Where a reader wants to begin: after a sequence, at a time, or with whatever comes next. */
export type EventStart = { readonly after: number } | { readonly time: number } | { readonly now: true };

export type EventFormat = 'stowage' | 'eventbridge';

/** What a reader of the event stream asks for. */
export interface EventRequest {
  readonly start: EventStart;
  /** Only events that are about this cluster, or about something in it: its name or ARN, as it was given. */
  readonly cluster?: string;
  /** Only events of these types. */
  readonly types?: ReadonlySet<string>;
  readonly format: EventFormat;
}

const PARAMETERS = ['from', 'cluster', 'type', 'format'];

/**
 * Reads the query of `GET /events`. A reader that lost its connection says with `Last-Event-ID` what it has, and that
 * goes before `from`. @throws Refusal that names the parameter that is wrong.
 */
export function parseEventRequest(
  query: URLSearchParams,
  lastEventId: string | undefined,
  typesOf: (format: EventFormat) => ReadonlySet<string>,
): EventRequest {
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name) && !name.startsWith('X-Amz-'));
  if (unknown !== undefined) {
    throw invalidParameter(`${unknown}: there is no such parameter; there are ${PARAMETERS.join(', ')}.`);
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
  throw invalidParameter('Last-Event-ID: it is the sequence of an event.');
}

/** Without `from`, what comes next. @throws Refusal */
export function parseEventStart(from: string | undefined): EventStart {
  if (from === undefined) return { now: true };
  const sequence = parseSequence(from);
  if (sequence !== undefined) return { after: Math.max(0, sequence - 1) };
  const time = parseTime(from);
  if (time !== undefined) return { time };
  throw invalidParameter('from: it is a sequence, or a time as in 2026-11-22T09:30:00Z.');
}

function formatOf(format: string): EventFormat {
  if (format === 'stowage' || format === 'eventbridge') return format;
  throw invalidParameter('format: it is "stowage" or "eventbridge".');
}

function checkedTypes(types: readonly string[], known: ReadonlySet<string>): ReadonlySet<string> {
  const wrong = types.find((type) => !known.has(type));
  if (wrong === undefined) return new Set(types);
  throw invalidParameter(`type: there are no events "${wrong}"; there are ${[...known].join(', ')}.`);
}
