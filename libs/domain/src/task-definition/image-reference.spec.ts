import { describe, expect, it } from 'vitest';
import { isImageReference } from './image-reference';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('an image reference', () => {
  it.each([
    'busybox',
    'busybox:1.36',
    'library/busybox',
    'a/b/c_d/e__f/g-h/i---j/k.l:Tag_1.2-3',
    'localhost/x',
    'localhost:5000/x:1',
    'LOCAL/x',
    'x.io_1/y',
    'registry.example.com/team/app',
    'registry.example.com:443/team/app:v1',
    '127.0.0.1:5000/app',
    '[::1]:5000/app',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/app:latest',
    `busybox@${DIGEST}`,
    `busybox:1@${DIGEST}`,
    DIGEST,
    '0a'.repeat(32),
    'a'.repeat(255),
    `x:${'t'.repeat(128)}`,
  ])('is %s', (image) => {
    expect(isImageReference(image)).toBe(true);
  });

  it.each([
    '',
    '/',
    '.',
    '..',
    'http://x/y',
    'https://registry.example.com/app',
    'a//b',
    '/a',
    'a/',
    '../../x',
    'a/../b',
    './a',
    '../info#',
    'a#b',
    'a b',
    'a?b=c',
    'a%2Fb',
    'ä',
    'Busybox',
    'team/App',
    'a___b',
    'a..b',
    '-a',
    'a-',
    'a:',
    ':tag',
    'a:b:c',
    'a:tag/b',
    'x.y:port/app',
    '-x.y/app',
    'a:-tag',
    `x:${'t'.repeat(129)}`,
    'a@',
    'a@sha256:0a',
    `@${DIGEST}`,
    `a@${DIGEST}@${DIGEST}`,
    `a@md5:${'0'.repeat(32)}`,
    'a\u0000b',
    'a'.repeat(256),
  ])('is not %j', (image) => {
    expect(isImageReference(image)).toBe(false);
  });

  it('is checked in linear time', () => {
    const before = performance.now();
    for (const part of ['a-', 'a.', 'a_', 'a', '-', 'a/', 'A-a.']) isImageReference(`${part.repeat(50_000)}!`);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
