import { type IncomingMessage, request as httpRequest } from 'node:http';
import { addAbortSignal, type Readable } from 'node:stream';
import { DockerAnswer } from './docker-errors';

/** The members of one call of dockerode. */
export interface DockerCall {
  /** Ends in `?` if the options belong in the query. */
  readonly path: string;
  readonly method: string;
  readonly options?: CallOptions;
  readonly authconfig?: object;
  /** An archive to upload. */
  readonly file?: Readable;
  readonly isStream?: boolean;
  /** `true` for a status of success. */
  readonly statusCodes: Readonly<Record<number, string | boolean>>;
  readonly abortSignal?: AbortSignal;
}

type CallOptions = Readonly<Record<string, unknown>> & { readonly _query?: object; readonly _body?: object };
type Callback = (error: unknown, answer: unknown) => void;

/**
 * Maximum size in bytes of a response that is read into memory. Docker's list of ten thousand containers is smaller
 * than 30 MiB.
 */
const ANSWER_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Sends dockerode's calls over Docker's Unix socket. docker-modem, which is part of dockerode, cannot be used with
 * names that clients choose. It follows redirects over TCP to a host that the name determines, without an error handler
 * on that connection. It never settles a call whose response is cut off, and some calls ignore their abort signal. In
 * this class a redirect is an error like every other status, every failure rejects the call, and each call without a
 * signal of its own has a time limit.
 */
export class DockerConnection {
  /** dockerode creates its promises with this class. */
  readonly Promise = Promise;

  constructor(private readonly options: { readonly socketPath: string; readonly answerTimeoutMs: number }) {}

  dial(call: DockerCall, callback: Callback): void {
    this.send(call)
      .then((answer) => callback(null, answer))
      // This also catches an error that dockerode throws for a response of an unexpected shape.
      .catch((error: unknown) => callback(error, null));
  }

  private async send(call: DockerCall): Promise<unknown> {
    const signal = call.abortSignal ?? AbortSignal.timeout(this.options.answerTimeoutMs);
    try {
      const response = await this.request(call, signal);
      // An error between two reads of a stream has no listener. The next read throws it.
      response.on('error', () => undefined);
      addAbortSignal(signal, response);
      const status = response.statusCode ?? 0;
      const isSuccess = call.statusCodes[status] === true;
      if (isSuccess && call.isStream) return response;
      const text = await textOf(response);
      if (!isSuccess) throw new DockerAnswer(status, text, response.headers.location);
      return text === '' ? undefined : JSON.parse(text);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  private request(call: DockerCall, signal: AbortSignal): Promise<IncomingMessage> {
    const { path, body, headers } = requestParts(call);
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        socketPath: this.options.socketPath,
        path,
        method: call.method,
        headers,
        signal,
      });
      request.on('response', resolve);
      // The listener stays, because errors after the response also reach the response.
      request.on('error', reject);
      if (!call.file) return void request.end(body);
      call.file.on('error', (error) => request.destroy(error));
      call.file.pipe(request);
    });
  }
}

interface RequestParts {
  readonly path: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Options are part of the query and, for POST, also of the body, unless a call has the members `_query` and `_body`.
 */
function requestParts({ path, method, options = {}, authconfig, file }: DockerCall): RequestParts {
  const { _query, _body, abortSignal: _abortSignal, authconfig: _authconfig, ...members } = options;
  const [plainPath = path] = path.split('?');
  const query = path.endsWith('?') ? queryText(_query ?? members) : '';
  const sent = _body ?? members;
  const body = method === 'POST' && !file && Object.keys(sent).length > 0 ? JSON.stringify(sent) : undefined;
  return {
    path: query === '' ? plainPath : `${plainPath}?${query}`,
    ...(body !== undefined && { body }),
    headers: {
      ...(body !== undefined && {
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(body)),
      }),
      ...(file && { 'Content-Type': 'application/tar' }),
      ...(authconfig && { 'X-Registry-Auth': Buffer.from(JSON.stringify(authconfig)).toString('base64url') }),
    },
  };
}

/** Lists repeat their name, and objects are JSON, because Docker expects both. */
function queryText(members: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members) as [string, unknown][]) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) query.append(name, typeof each === 'object' ? JSON.stringify(each) : String(each));
    }
  }
  return query.toString();
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`Docker's response exceeds ${String(ANSWER_BYTES_MAX)} bytes.`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
