import { describe, expect, it } from 'vitest';
import { parseLog } from './docker-log';

const AT = '2026-11-27T15:27:25.579986249Z';
const LATER = '2026-11-27T15:27:26.000000001Z';
const WHOLE = 'a'.repeat(16 * 1024);
const framed = { tty: false, truncated: false };
const terminal = { tty: true, truncated: false };

function frame(text: string, stream: 1 | 2 = 1): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const texts = (buffer: Buffer, options: { tty: boolean; truncated: boolean }) =>
  parseLog(buffer, options).lines.map(({ stream, text, open }) => [stream, text, open ?? false]);

describe('a line that is longer than one message of Docker', () => {
  it('is one line, at the position of its first message', () => {
    const log = [frame(`${AT} ${WHOLE}`), frame(`${LATER} error\n`, 2), frame(`${AT} rest\n`)];
    expect(texts(Buffer.concat(log), framed)).toEqual([
      ['stdout', `${WHOLE}rest`, false],
      ['stderr', 'error', false],
    ]);
  });

  it('is open only while its end is missing', () => {
    expect(texts(frame(`${AT} ${WHOLE}`), framed)).toEqual([['stdout', WHOLE, true]]);
    // The last output of a process that ended without a line break.
    expect(texts(frame(`${AT} no line break`), framed)).toEqual([['stdout', 'no line break', false]]);
    // Docker's local driver does not mark the end of a long line.
    const log = [frame(`${AT} ${WHOLE}`), frame(`${AT} ${WHOLE}`), frame(`${LATER} next\n`)];
    expect(texts(Buffer.concat(log), framed)).toEqual([
      ['stdout', WHOLE + WHOLE, false],
      ['stdout', 'next', false],
    ]);
  });

  it('keeps characters that Docker split between two messages', () => {
    const text = Buffer.from(`${'a'.repeat(16 * 1024 - 1)}é`);
    const first = Buffer.concat([Buffer.from(`${AT} `), text.subarray(0, 16 * 1024)]).toString('latin1');
    const header = (content: Buffer): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt8(1);
      bytes.writeUInt32BE(content.length, 4);
      return Buffer.concat([bytes, content]);
    };
    const rest = Buffer.concat([Buffer.from(`${AT} `), text.subarray(16 * 1024), Buffer.from('\n')]);
    const [line] = parseLog(Buffer.concat([header(Buffer.from(first, 'latin1')), header(rest)]), framed).lines;
    expect(line?.text.endsWith('aé')).toBe(true);
  });

  it('is one line on a terminal as well', () => {
    const log = `${AT} short\r\n${LATER} ${WHOLE}${LATER} ${WHOLE}${LATER} rest\r\n${LATER} end\r\n`;
    expect(texts(Buffer.from(log), terminal)).toEqual([
      ['stdout', 'short', false],
      ['stdout', `${WHOLE}${WHOLE}rest`, false],
      ['stdout', 'end', false],
    ]);
  });

  it('is open at the position where the reader stopped', () => {
    expect(texts(Buffer.from(`${AT} a\r\n${LATER} be`), { tty: true, truncated: true })).toEqual([
      ['stdout', 'a', false],
      ['stdout', 'be', true],
    ]);
    expect(texts(Buffer.concat([frame(`${AT} a\n`), frame(`${LATER} be`).subarray(0, 20)]), framed)).toEqual([
      ['stdout', 'a', false],
    ]);
  });
});
