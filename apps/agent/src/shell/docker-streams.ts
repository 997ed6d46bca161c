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
