/** Encodes the two members of an error as a CBOR map of texts (RFC 8949), for clients of the protocol RPC v2 CBOR. */
export function encodeCborError(code: string, message: string): Buffer {
  const MAP_OF_TWO = 0xa2;
  return Buffer.concat([Buffer.of(MAP_OF_TWO), ...['__type', code, 'message', message].map(text)]);
}

const TEXT = 0x60;
/** The length follows in two bytes. */
const LENGTH_IN_TWO_BYTES = 25;

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(3);
  head.writeUInt8(TEXT + LENGTH_IN_TWO_BYTES, 0);
  head.writeUInt16BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
