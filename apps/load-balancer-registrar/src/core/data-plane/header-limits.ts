import { quoted } from './quoting';

const KIB = 1_024;

/** Limits of an application load balancer: bytes of the request line, of one header line and of all header lines. */
export const REQUEST_LINE_BYTES_MAX = 16 * KIB;
export const HEADER_LINE_BYTES_MAX = 16 * KIB;
export const REQUEST_HEADERS_BYTES_MAX = 64 * KIB;
/** Limit on the bytes of all header lines of a response. */
export const RESPONSE_HEADERS_BYTES_MAX = 32 * KIB;

/** Room in a buffer for the headers that HAProxy adds and for its own record of each header. */
const ADDED_BYTES_MAX = 8 * KIB;
const RECORDS_BYTES_MAX = 16 * KIB;
/** HAProxy's limit on the number of headers. The default of 101 is less than fits into 64 KiB. */
const HEADERS_MAX = 1_000;

/** Lines of the global section. HAProxy rejects headers that do not fit into a buffer before its rules apply. */
export const HEADER_BUFFER_LINES: readonly string[] = [
  `  tune.bufsize ${String(REQUEST_LINE_BYTES_MAX + REQUEST_HEADERS_BYTES_MAX + ADDED_BYTES_MAX + RECORDS_BYTES_MAX)}`,
  `  tune.maxrewrite ${String(ADDED_BYTES_MAX)}`,
  `  tune.http.maxhdr ${String(HEADERS_MAX)}`,
];

/**
 * The limit applies to the whole request line, but only the request target can be long: method and version are short.
 */
const LINE_TOO_LONG = `{ pathq,length gt ${String(REQUEST_LINE_BYTES_MAX)} }`;
/**
 * The pattern starts at the start of a line, so that the search takes time in proportion to the length of the headers.
 */
const LONG_LINE = quoted(`(^|\\n)[^\\n]{${String(HEADER_LINE_BYTES_MAX + 1)}}`);
const HEADER_TOO_LONG = `{ req.hdrs,length gt ${String(HEADER_LINE_BYTES_MAX)} } { req.hdrs -m reg ${LONG_LINE} }`;
const HEADERS_TOO_LONG = `{ req.hdrs,length gt ${String(REQUEST_HEADERS_BYTES_MAX)} }`;

/**
 * Lines of a frontend before its rules. A request that is too long gets status 400, and a response that is too long
 * becomes status 502, as with an application load balancer.
 */
export const HEADER_LIMIT_LINES: readonly string[] = [
  ...[LINE_TOO_LONG, HEADER_TOO_LONG, HEADERS_TOO_LONG].map(
    (isTooLong) => `http-request deny deny_status 400 if ${isTooLong}`,
  ),
  `http-response deny deny_status 502 if { res.hdrs,length gt ${String(RESPONSE_HEADERS_BYTES_MAX)} }`,
];
