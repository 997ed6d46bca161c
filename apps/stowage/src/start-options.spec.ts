import { describe, expect, it } from 'vitest';
import { UserError } from './user-error';
import { parseStartOptions } from './start-options';

const parse = (...argv: readonly string[]) => parseStartOptions(argv, '/data');

describe('the options of npm start', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({ port: 5_100, host: '127.0.0.1', data: '/data', instances: 1 });
  });

  it('are parsed, with an absolute path of the data folder', () => {
    const options = parse('--port', '6000', '--data', 'there', '--instances', '3', '--host', '0.0.0.0');
    expect(options).toEqual({ port: 6_000, host: '0.0.0.0', data: `${process.cwd()}/there`, instances: 3 });
  });

  it.each([
    [['--port', 'http'], /whole number from 1 to 65533/],
    [['--port', '65534'], /whole number/],
    [['--instances', '0'], /whole number from 1 to 254/],
    [['--instances', '2.5'], /whole number/],
    [['--colour'], /unknown option '--colour'/],
    [['something'], /too many arguments/],
  ])('are rejected with one sentence: %j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(UserError);
    expect(() => parse(...argv)).toThrow(message);
  });
});
