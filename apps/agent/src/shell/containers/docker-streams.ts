import { EngineError } from './container-engine';
import { translatingStream } from './docker-errors';

/** Maximum number of characters of an invalid line in an error message. */
const SHOWN_LENGTH_MAX = 200;

/**
 * Parses Docker's progress and event streams, which contain one JSON document on each line.
 * @throws EngineError if a line is not valid JSON, or the stream fails
 */
export async function* jsonLines(stream: AsyncIterable<unknown>): AsyncGenerator {
  let rest = '';
  for await (const chunk of translatingStream(stream)) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parsed(line);
  }
  if (rest.trim() !== '') yield parsed(rest);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new EngineError('refused', `Docker sent a line that is not valid JSON: ${line.slice(0, SHOWN_LENGTH_MAX)}`);
  }
}

/**
 * Reads a pull or an import to its end. `onProgress` runs for each of its lines.
 * @throws EngineError with Docker's message if it failed
 */
export async function drain(stream: AsyncIterable<unknown>, onProgress?: () => void): Promise<void> {
  for await (const line of jsonLines(stream)) {
    onProgress?.();
    const { error } = line as { readonly error?: string };
    if (error !== undefined) throw new EngineError('refused', error);
  }
}

/** Reads the beginning of a stream, and then closes it. */
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
