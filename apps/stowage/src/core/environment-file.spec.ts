import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseEnvironment, renderEnvironment } from './environment-file';

const environment = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:5100',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKSTABCDEFGHIJKLMNOP',
  AWS_SECRET_ACCESS_KEY: 'a-B_c9'.repeat(6),
};

describe('the environment file for clients', () => {
  it('has a line `export NAME=value` for each variable', () => {
    expect(renderEnvironment(environment).split('\n').slice(0, 2)).toEqual([
      'export AWS_ENDPOINT_URL=http://127.0.0.1:5100',
      'export AWS_DEFAULT_REGION=us-east-1',
    ]);
  });

  it('gives a shell exactly these values', () => {
    const script = `${renderEnvironment(environment)}echo "$AWS_ENDPOINT_URL $AWS_SECRET_ACCESS_KEY"`;
    const said = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(said.trim()).toBe(`${environment.AWS_ENDPOINT_URL} ${environment.AWS_SECRET_ACCESS_KEY}`);
  });

  it('is read back as it was written, but not if a variable is missing', () => {
    const text = renderEnvironment(environment);
    expect(parseEnvironment(text)).toEqual(environment);
    expect(parseEnvironment(text.replace(/^export AWS_REGION.*\n/m, ''))).toBeUndefined();
    expect(parseEnvironment('')).toBeUndefined();
  });
});
