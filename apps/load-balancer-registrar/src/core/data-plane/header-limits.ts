import { quoted } from './words';

const KIB = 1_024;

/** What an application load balancer takes: bytes of the request line, of one header line, and of all header lines. */
export const REQUEST_LINE_BYTES_MAX = 16 * KIB;
export const HEADER_LINE_BYTES_MAX = 16 * KIB;
export const REQUEST_HEADERS_BYTES_MAX = 64 * KIB;
/** All header lines of an answer. */
export const RESPONSE_HEADERS_BYTES_MAX = 32 * KIB;

/** Room in a buffer for headers that HAProxy adds, and for its own notes on each header. */
const ADDED_BYTES_MAX = 8 * KIB;
const NOTES_BYTES_MAX = 16 * KIB;
/** HAProxy's limit on the number of headers; the default of 101 is below what 64 KiB hold. */
const HEADERS_MAX = 1_000;

/** Lines of the global section: HAProxy rejects headers that do not fit into a buffer, whatever the rules are. */
export const HEADER_BUFFER_LINES: readonly string[] = [
  `  tune.bufsize ${String(REQUEST_LINE_BYTES_MAX + REQUEST_HEADERS_BYTES_MAX + ADDED_BYTES_MAX + NOTES_BYTES_MAX)}`,
  `  tune.maxrewrite ${String(ADDED_BYTES_MAX)}`,
  `  tune.http.maxhdr ${String(HEADERS_MAX)}`,
];

/** The line itself has a method and a version, too; without them the target of the request is what can be long. */
const LINE_TOO_LONG = `{ pathq,length gt ${String(REQUEST_LINE_BYTES_MAX)} }`;
/** The pattern begins at the begin of a line, so that the search takes time in proportion to the length of the headers. */
const LONG_LINE = quoted(`(^|\\n)[^\\n]{${String(HEADER_LINE_BYTES_MAX + 1)}}`);
const HEADER_TOO_LONG = `{ req.hdrs,length gt ${String(HEADER_LINE_BYTES_MAX)} } { req.hdrs -m reg ${LONG_LINE} }`;
const HEADERS_TOO_LONG = `{ req.hdrs,length gt ${String(REQUEST_HEADERS_BYTES_MAX)} }`;

/** Lines of a frontend that come before its rules: 400, and 502 for an answer, as an application load balancer answers. */
export const HEADER_LIMIT_LINES: readonly string[] = [
  ...[LINE_TOO_LONG, HEADER_TOO_LONG, HEADERS_TOO_LONG].map(
    (isTooLong) => `http-request deny deny_status 400 if ${isTooLong}`,
  ),
  `http-response deny deny_status 502 if { res.hdrs,length gt ${String(RESPONSE_HEADERS_BYTES_MAX)} }`,
];
