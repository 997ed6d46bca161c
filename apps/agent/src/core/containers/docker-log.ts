import type { StampedLine } from './log-cursor';

const FRAME_HEADER_BYTES = 8;
const STDERR = 2;
const LINE_BREAK = 0x0a;
/** Docker splits output without a line break into messages of this size, all with the same timestamp. */
const MESSAGE_BYTES = 16 * 1024;
const STAMP_PATTERN = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** One message of Docker's log: a line, or a part of a line. */
interface Message {
  readonly stamp: string;
  readonly stream: StampedLine['stream'];
  readonly text: Buffer;
  /** The next message may continue the line. */
  readonly open: boolean;
}

/** The part of a log that was read. */
export interface LogPiece {
  readonly lines: readonly StampedLine[];
  /** Number of messages. A long line consists of several. */
  readonly messages: number;
  /** The log continues: the reader stopped at its limit. */
  readonly truncated: boolean;
}

/**
 * Returns the lines in a part of a log that Docker sent with timestamps. Without a terminal, each message has a header
 * with its stream and length; with a terminal, the log is plain text. A message that the end of the buffer cuts off is
 * left out without a terminal and `open` with one. A line whose end is missing is `open`.
 */
export function parseLog(buffer: Buffer, { tty, truncated }: { tty: boolean; truncated: boolean }): LogPiece {
  const messages = tty ? terminalMessages(buffer, truncated) : framedMessages(buffer);
  return { lines: joined(messages), messages: messages.length, truncated };
}

/** Joins messages to lines. A line has the position of its first message, so that the timestamps stay in order. */
function joined(messages: readonly Message[]): readonly StampedLine[] {
  const lines: { readonly first: Message; readonly parts: Buffer[]; open: boolean }[] = [];
  const current = new Map<StampedLine['stream'], (typeof lines)[number]>();
  for (const message of messages) {
    const line = current.get(message.stream);
    if (line?.open && line.first.stamp === message.stamp) {
      line.parts.push(message.text);
      line.open = message.open;
      continue;
    }
    // Some drivers do not mark the last message of a line. The next timestamp then ends the line.
    if (line) line.open = false;
    const next = { first: message, parts: [message.text], open: message.open };
    current.set(message.stream, next);
    lines.push(next);
  }
  return lines.map(({ first: { stamp, stream }, parts, open }) => ({
    stamp,
    stream,
    text: Buffer.concat(parts).toString('utf8').replace(/\r$/, ''),
    ...(open && { open }),
  }));
}

function framedMessages(buffer: Buffer): readonly Message[] {
  const messages: Message[] = [];
  let at = 0;
  while (at + FRAME_HEADER_BYTES <= buffer.length) {
    const stream = buffer.readUInt8(at) === STDERR ? 'stderr' : 'stdout';
    const begin = at + FRAME_HEADER_BYTES;
    const end = begin + buffer.readUInt32BE(at + 4);
    if (end > buffer.length) break;
    messages.push(...stampedMessage(buffer.subarray(begin, end), stream));
    at = end;
  }
  return messages;
}

/**
 * On a terminal, the messages of one line follow each other without a line break, each with the timestamp of the line.
 */
function terminalMessages(buffer: Buffer, truncated: boolean): readonly Message[] {
  const messages: Message[] = [];
  let at = 0;
  while (at < buffer.length) {
    const lineBreak = buffer.indexOf('\n', at);
    const end = lineBreak < 0 ? buffer.length : lineBreak + 1;
    const line = buffer.subarray(at, end);
    const again = line.subarray(0, line.indexOf(' ') + 1);
    let from = 0;
    for (let next = from; next >= 0 && from < line.length; from = next) {
      next = again.length > 0 ? line.indexOf(again, from + MESSAGE_BYTES) : -1;
      messages.push(...stampedMessage(line.subarray(from, next < 0 ? line.length : next), 'stdout'));
    }
    at = end;
  }
  const last = messages.at(-1);
  const isCut = truncated && last !== undefined && buffer.at(-1) !== LINE_BREAK;
  return isCut ? [...messages.slice(0, -1), { ...last, open: true }] : messages;
}

function stampedMessage(message: Buffer, stream: StampedLine['stream']): readonly Message[] {
  const ends = message.at(-1) === LINE_BREAK;
  const content = ends ? message.subarray(0, -1) : message;
  const space = content.indexOf(' ');
  const stamp = content.toString('utf8', 0, space < 0 ? content.length : space);
  if (!STAMP_PATTERN.test(stamp)) return [];
  const text = space < 0 ? content.subarray(content.length) : content.subarray(space + 1);
  return [{ stamp, stream, text, open: !ends && text.length >= MESSAGE_BYTES }];
}
