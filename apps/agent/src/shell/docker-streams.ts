import type { StampedLine } from '../core/log-cursor';
import { EngineError } from './container-engine';
import { translatingStream } from './docker-errors';

/** Docker's progress and event streams are one JSON document a line. */
export async function* jsonLines(stream: AsyncIterable<unknown>): AsyncGenerator {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}

/** Follows a pull or an import to its end. @throws EngineError with Docker's words when it failed on the way. */
export async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const line of jsonLines(translatingStream(stream))) {
    const { error } = line as { readonly error?: string };
    if (error !== undefined) throw new EngineError('refused', error);
  }
}

/** The beginning of a stream, which is then let go. */
export async function readAtMost(stream: AsyncIterable<unknown>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of translatingStream(stream)) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(buffer);
    bytes += buffer.length;
    if (bytes >= bytesMax) break;
  }
  return Buffer.concat(chunks);
}

const FRAME_HEADER_BYTES = 8;
const STDERR = 2;

/**
 * A piece of a log as Docker sends it with time-stamps. Without a terminal each piece of output is framed by its stream
 * and length; with one all is plain text. A line that was cut off at the end of the buffer is left out.
 */
export function parseLog(buffer: Buffer, tty: boolean): readonly StampedLine[] {
  if (tty) return stampedLines(buffer.toString('utf8'), 'stdout');
  const lines: StampedLine[] = [];
  let at = 0;
  while (at + FRAME_HEADER_BYTES <= buffer.length) {
    const stream = buffer.readUInt8(at) === STDERR ? 'stderr' : 'stdout';
    const end = at + FRAME_HEADER_BYTES + buffer.readUInt32BE(at + 4);
    if (end > buffer.length) break;
    lines.push(...stampedLines(buffer.toString('utf8', at + FRAME_HEADER_BYTES, end), stream));
    at = end;
  }
  return lines;
}

function stampedLines(text: string, stream: StampedLine['stream']): readonly StampedLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const space = line.indexOf(' ');
      const stamp = space < 0 ? line : line.slice(0, space);
      if (!/^\d{4}-\d\d-\d\dT/.test(stamp)) return [];
      return [{ stamp, stream, text: space < 0 ? '' : line.slice(space + 1).replace(/\r$/, '') }];
    });
}
