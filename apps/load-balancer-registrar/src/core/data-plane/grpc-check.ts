import type { HealthCheck } from '@stowage/domain';
import { quoted } from './quoting';

/**
 * Returns the lines of a health check that makes a gRPC call with an empty message and compares its status. Targets
 * send the status in trailers, which HAProxy's HTTP checks do not read. The check therefore compares bytes, and
 * implements as much of HTTP/2 as one call needs (RFC 9113, with HPACK of RFC 7541).
 */
export function grpcCheckLines({ protocol, path = '/', matcher }: HealthCheck): readonly string[] {
  const codes = matcher && 'grpcCode' in matcher ? grpcCodes(matcher.grpcCode) : [];
  return [
    'option tcp-check',
    `tcp-check send-binary ${grpcCall(protocol === 'HTTPS' ? 'https' : 'http', path).toString('hex')}`,
    `tcp-check expect rbinary ${quoted(`${STATUS_NAME}${ANY_STATUS}`)}`,
    // Compares the bytes that have arrived: the target sends no second status.
    `tcp-check expect min-recv 1 rbinary ${quoted(`${STATUS_NAME}(${codes.flatMap(statusForms).join('|')})`)}`,
  ];
}

/** Expands `0,5-7` to 0, 5, 6 and 7. */
function grpcCodes(codes: string): readonly number[] {
  return codes.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: Math.max(0, to - from) + 1 }, (_, at) => from + at);
  });
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FRAME = { data: 0, headers: 1, settings: 4 } as const;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
/** Indexes in HPACK's static table. */
const INDEXED = { post: 0x83, http: 0x86, https: 0x87 } as const;
/** An uncompressed message of zero bytes, which decodes as an empty message of every type. */
const EMPTY_MESSAGE = Buffer.alloc(5);

function grpcCall(scheme: 'http' | 'https', path: string): Buffer {
  const headers = Buffer.concat([
    Buffer.from([INDEXED.post, INDEXED[scheme]]),
    header(':path', path),
    header(':authority', 'stowage-health-check'),
    header('content-type', 'application/grpc'),
    header('te', 'trailers'),
    header('user-agent', 'ELB-HealthChecker/2.0'),
  ]);
  return Buffer.concat([
    PREFACE,
    frame(FRAME.settings, { flags: 0, stream: 0 }, Buffer.alloc(0)),
    frame(FRAME.headers, { flags: END_HEADERS, stream: 1 }, headers),
    frame(FRAME.data, { flags: END_STREAM, stream: 1 }, EMPTY_MESSAGE),
  ]);
}

function frame(
  type: number,
  { flags, stream }: { readonly flags: number; readonly stream: number },
  payload: Buffer,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const LITERAL_WITHOUT_INDEXING = 0x00;

const header = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([LITERAL_WITHOUT_INDEXING]), literal(name), literal(value)]);

/** Encodes plain text after its length: seven bits, and further octets of seven bits each if the length needs them. */
function literal(text: string): Buffer {
  const most = 0x7f;
  if (text.length < most) return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const octets = [most];
  let rest = text.length - most;
  for (; rest > most; rest >>= 7) octets.push((rest & most) | 0x80);
  return Buffer.concat([Buffer.from([...octets, rest]), Buffer.from(text)]);
}

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();

/**
 * `grpc-status` as a literal, because the target has not sent it before on this connection. The pattern accepts plain
 * text and HPACK's Huffman code.
 */
const STATUS_NAME = `(${hex(literal('grpc-status'))}|889ACAC8B21234DA8F)`;
/** A length of one or two octets, with or without the Huffman flag, and that many octets. */
const ANY_STATUS = '([08]1..|[08]2....)';

/** Returns the forms of a status code in both kinds of literals. */
function statusForms(code: number): readonly string[] {
  const text = String(code);
  return [hex(literal(text)), hex(huffmanLiteral(text))];
}

/** HPACK's Huffman code of the digits. */
const DIGITS = ['00000', '00001', '00010', '011001', '011010', '011011', '011100', '011101', '011110', '011111'];

function huffmanLiteral(digits: string): Buffer {
  const bits = Array.from(digits, (digit) => DIGITS[Number(digit)] ?? '').join('');
  const octets = (bits.match(/.{1,8}/g) ?? []).map((octet) => Number.parseInt(octet.padEnd(8, '1'), 2));
  return Buffer.from([0x80 | octets.length, ...octets]);
}
