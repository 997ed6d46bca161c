import { LOGS_BYTES_MAX, LOGS_LINES_MAX, type LogLine } from '@stowage/domain';

/**
 * Where a reader of a log is: after `skip` lines of those that bear `stamp`, Docker's time-stamp to the nanosecond.
 * Lines may share one, so the stamp alone would lose or repeat some.
 */
export interface LogCursor {
  readonly stamp: string;
  readonly skip: number;
}

/** A line as Docker gives it, with its time-stamp as text. */
export interface StampedLine {
  readonly stamp: string;
  readonly stream: LogLine['stream'];
  readonly text: string;
  /** Its end was not read: the container still writes it, or the reader stopped at its bound. */
  readonly open?: boolean;
}

export const LOG_START: LogCursor = { stamp: '', skip: 0 };

export function encodeCursor({ stamp, skip }: LogCursor): string {
  return stamp === '' ? '' : `${stamp}/${String(skip)}`;
}

/** Undefined when the text is no cursor. */
export function decodeCursor(text: string): LogCursor | undefined {
  if (text === '') return LOG_START;
  const [, stamp, skip] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)\/(\d+)$/.exec(text) ?? [];
  return stamp === undefined ? undefined : { stamp, skip: Number(skip) };
}

/** The cursor's stamp as Docker's `since` wants it: seconds and nanoseconds. */
export function sinceOf({ stamp }: LogCursor): string | undefined {
  if (stamp === '') return undefined;
  const { seconds, nanoseconds } = parts(stamp);
  return sinceText(seconds, nanoseconds);
}

/** The moment after the stamp, for Docker's `since`. */
export function sinceAfter(stamp: string): string {
  if (stamp === '') return '0';
  const { seconds, nanoseconds } = parts(stamp);
  return nanoseconds === NANOSECONDS_MAX ? sinceText(seconds + 1, 0) : sinceText(seconds, nanoseconds + 1);
}

const NANOSECONDS_MAX = 999_999_999;

function parts(stamp: string): { readonly seconds: number; readonly nanoseconds: number } {
  const [whole = '', fraction = ''] = stamp.replace('Z', '').split('.');
  return { seconds: Date.parse(`${whole}Z`) / 1_000, nanoseconds: Number(fraction.padEnd(9, '0')) };
}

function sinceText(seconds: number, nanoseconds: number): string {
  return `${String(seconds)}.${String(nanoseconds).padStart(9, '0')}`;
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  readonly cursor: LogCursor;
}

/** Behind the last of lines that were left out. */
export function cursorBehind(lines: readonly StampedLine[]): LogCursor {
  const stamp = lines.at(-1)?.stamp;
  if (stamp === undefined) return LOG_START;
  return { stamp, skip: lines.filter((line) => line.stamp === stamp).length };
}

/** Behind every line of the cursor's stamp. */
export function cursorAfter({ stamp }: LogCursor): LogCursor {
  const [seconds = '', nanoseconds = ''] = sinceAfter(stamp).split('.');
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, -'.000Z'.length);
  return { stamp: `${whole}.${nanoseconds}Z`, skip: 0 };
}

/** Lines before the first open one: what comes behind it would move the cursor past it. */
export function beforeOpen(lines: readonly StampedLine[]): readonly StampedLine[] {
  const at = lines.findIndex(({ open }) => open);
  return at < 0 ? lines : lines.slice(0, at);
}

/** The lines after the cursor, as many as one answer may carry. `stamped` begins at the cursor's stamp. */
export function logPage(stamped: readonly StampedLine[], from: LogCursor): LogPage {
  const fresh = afterCursor(stamped, from);
  const lines: LogLine[] = [];
  let cursor = from;
  let bytes = 0;
  for (const { stamp, stream, text } of fresh) {
    bytes += text.length;
    if (lines.length >= LOGS_LINES_MAX || (bytes > LOGS_BYTES_MAX && lines.length > 0)) {
      return { lines, cursor };
    }
    lines.push({ at: Date.parse(stamp), stream, text: bounded(text) });
    cursor = { stamp, skip: stamp === cursor.stamp ? cursor.skip + 1 : 1 };
  }
  return { lines, cursor };
}

function bounded(text: string): string {
  return text.length <= LOGS_BYTES_MAX ? text : `${text.slice(0, LOGS_BYTES_MAX)} [the rest of this line is left out]`;
}

function afterCursor(stamped: readonly StampedLine[], { stamp, skip }: LogCursor): readonly StampedLine[] {
  let toSkip = skip;
  return stamped.filter((line) => {
    if (line.stamp < stamp) return false;
    if (line.stamp !== stamp || toSkip === 0) return true;
    toSkip -= 1;
    return false;
  });
}
