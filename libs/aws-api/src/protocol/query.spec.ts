import { fc, test } from '@fast-check/vitest';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../errors';
import * as shape from '../model/shape';
import { decodeQuery, QUERY_PARAMETERS_MAX } from './query-parameters';
import { encodeXmlError, encodeXmlResponse } from './xml-encoder';

const TAG = shape.structure('Tag', Object, { Key: shape.string, Value: shape.string });
const INPUT = shape.structure('Input', Object, {
  Name: shape.string,
  Port: shape.integer,
  Weight: shape.double,
  Enabled: shape.boolean,
  Since: shape.timestamp,
  Names: shape.list(shape.string),
  Tags: shape.list(TAG),
  Labels: shape.map(shape.string),
  Nested: TAG,
});

const decode = (text: string): unknown => ({ ...decodeQuery(INPUT, new URLSearchParams(text)) });

describe('Query parameters', () => {
  it('are scalars, lists from 1, maps and structures', () => {
    expect(
      decode(
        'Action=X&Version=Y&Name=a%20b&Port=80&Weight=1.5&Enabled=true&Since=2026-11-22T09:30:00Z' +
          '&Names.member.2=second&Names.member.1=first&Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=c' +
          '&Labels.entry.1.key=k&Labels.entry.1.value=v&Nested.Key=n&Unknown.member.1=x',
      ),
    ).toEqual({
      Name: 'a b',
      Port: 80,
      Weight: 1.5,
      Enabled: true,
      Since: Date.UTC(2026, 10, 22, 9, 30) / 1000,
      Names: ['first', 'second'],
      Tags: [{ Key: 'a', Value: 'b' }, { Key: 'c' }],
      Labels: { k: 'v' },
      Nested: { Key: 'n' },
    });
  });

  it('with ten or more entries keep their order', () => {
    const names = Array.from({ length: 12 }, (_, at) => `n${String(at)}`);
    expect(decode(names.map((name, at) => `Names.member.${String(at + 1)}=${name}`).join('&'))).toEqual({
      Names: names,
    });
  });

  it('without content are empty lists and maps', () => {
    expect(decode('Names=&Tags=&Labels=')).toEqual({ Names: [], Tags: [], Labels: {} });
    expect(decode('Names.member.1=')).toEqual({ Names: [''] });
  });

  it.each([
    ['Port=x', 'Port'],
    ['Port=1.5', 'Port'],
    ['Port=', 'Port'],
    ['Weight=heavy', 'Weight'],
    ['Enabled=yes', 'Enabled'],
    ['Since=soon', 'Since'],
    ['Names=a', 'Names'],
    ['Names.1=a', 'Names'],
    ['Names.member.0=a', 'Names'],
    ['Names.member.x=a', 'Names'],
    ['Name.member.1=a', 'Name'],
    ['Labels.entry.1.key=k', 'Labels'],
    ['Tags.member.1.Key.x=1', 'Tags[0].Key'],
  ])('with a wrong type are rejected with an error that names them: %s', (text, member) => {
    expect(() => decode(text)).toThrow(ApiError);
    expect(() => decode(text)).toThrow(member);
  });

  it('are limited in number', () => {
    const many = Array.from({ length: QUERY_PARAMETERS_MAX + 1 }, (_, at) => `x${String(at)}=1`).join('&');
    expect(() => decode(many)).toThrow('Too many parameters.');
  });

  test.prop([fc.string({ unit: 'binary' })])('with any text are accepted or rejected', (text) => {
    try {
      decode(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ApiError);
    }
  });
});

describe('XML', () => {
  const service = { namespace: 'http://example.com/doc/' };

  it('distinguishes lists with one entry, empty lists and times by the model', () => {
    const output = { Names: ['only'], Tags: [], Since: 1_700_000_000.123, Labels: { k: '<v>' }, Enabled: false };
    expect(encodeXmlResponse(service, 'DoIt', { shape: INPUT, output, requestId: 'r' })).toBe(
      '<DoItResponse xmlns="http://example.com/doc/"><DoItResult><Enabled>false</Enabled>' +
        '<Since>2023-11-14T22:13:20.123Z</Since><Names><member>only</member></Names><Tags/>' +
        '<Labels><entry><key>k</key><value>&lt;v&gt;</value></entry></Labels></DoItResult>' +
        '<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DoItResponse>',
    );
  });

  it('contains a result element even if it is empty', () => {
    expect(encodeXmlResponse(service, 'DoIt', { shape: INPUT, output: {}, requestId: 'r' })).toContain('<DoItResult/>');
  });

  test.prop([fc.string({ unit: 'binary', minLength: 1 })])('with any text can be parsed again', (message) => {
    const xml = encodeXmlError(
      { kind: 'query', ...service },
      { type: 'Sender', code: 'X', message: `<${message}`, requestId: 'r' },
    );
    const parsed = new XMLParser({ trimValues: false }).parse(xml, true) as {
      ErrorResponse: { Error: { Code: string; Message: unknown }; RequestId: string };
    };
    expect(parsed.ErrorResponse).toMatchObject({ Error: { Type: 'Sender', Code: 'X' }, RequestId: 'r' });
    expect(String(parsed.ErrorResponse.Error.Message).startsWith('<')).toBe(true);
  });
});
