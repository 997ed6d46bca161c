import { LOGS_BYTES_MAX, LOGS_LINES_MAX, type LogLine } from '@stowage/domain';

/**
 * Position of a log reader: after the first `skip` lines with the timestamp `stamp`, Docker's timestamp in nanoseconds.
 * Several lines may have the same timestamp, so the timestamp alone would skip or repeat some of them.
 */
export interface LogCursor {
  readonly stamp: string;
  readonly skip: number;
}

/** A line of Docker's log, with its timestamp as text. */
export interface StampedLine {
  readonly stamp: string;
  readonly stream: LogLine['stream'];
  readonly text: string;
  /** The end of the line was not read: the container still writes the line, or the reader stopped at its limit. */
  readonly open?: boolean;
}

export const LOG_START: LogCursor = { stamp: '', skip: 0 };

export function encodeCursor({ stamp, skip }: LogCursor): string {
  return stamp === '' ? '' : `${stamp}/${String(skip)}`;
}

/** Returns undefined if the text is not a valid cursor. */
export function decodeCursor(text: string): LogCursor | undefined {
  if (text === '') return LOG_START;
  const [, stamp, skip] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)\/(\d+)$/.exec(text) ?? [];
  return stamp === undefined ? undefined : { stamp, skip: Number(skip) };
}

/** Returns the timestamp of the cursor in the format of Docker's `since`: seconds and nanoseconds. */
export function sinceOf({ stamp }: LogCursor): string | undefined {
  if (stamp === '') return undefined;
  const { seconds, nanoseconds } = parts(stamp);
  return sinceText(seconds, nanoseconds);
}

/** Returns the nanosecond after the timestamp, in the format of Docker's `since`. */
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

/** Returns the position after the last of the lines that are left out. */
export function cursorBehind(lines: readonly StampedLine[]): LogCursor {
  const stamp = lines.at(-1)?.stamp;
  if (stamp === undefined) return LOG_START;
  return { stamp, skip: lines.filter((line) => line.stamp === stamp).length };
}

/** Returns the position after all lines with the timestamp of the cursor. */
export function cursorAfter({ stamp }: LogCursor): LogCursor {
  const [seconds = '', nanoseconds = ''] = sinceAfter(stamp).split('.');
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, -'.000Z'.length);
  return { stamp: `${whole}.${nanoseconds}Z`, skip: 0 };
}

/** Returns the lines before the first open one. Later lines would move the cursor past the open line. */
export function beforeOpen(lines: readonly StampedLine[]): readonly StampedLine[] {
  const at = lines.findIndex(({ open }) => open);
  return at < 0 ? lines : lines.slice(0, at);
}

/**
 * Returns the lines after the cursor, up to the limits of one response. `stamped` begins at the timestamp of the
 * cursor.
 */
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
