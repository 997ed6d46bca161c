import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SealBroken, SecretSealer } from './sealing';

const newKey = (): string => randomBytes(32).toString('base64');

describe('a sealed secret', () => {
  const sealer = SecretSealer.withKey(newKey());
  const sealed = sealer.seal('s€cret', 'AKIA1');

  it('opens for its owner with its key, and is different each time', () => {
    expect(sealer.open(sealed, 'AKIA1')).toBe('s€cret');
    expect(sealer.seal('s€cret', 'AKIA1')).not.toBe(sealed);
    expect(sealed).not.toContain('s€cret');
  });

  it('does not open for another owner, with another key, or after a change', () => {
    expect(() => sealer.open(sealed, 'AKIA2')).toThrow(SealBroken);
    expect(() => SecretSealer.withKey(newKey()).open(sealed, 'AKIA1')).toThrow(SealBroken);
    const parts = sealed.split('.');
    for (const [at, part] of parts.entries()) {
      const changed = (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
      expect(() => sealer.open(parts.with(at, changed).join('.'), 'AKIA1')).toThrow(SealBroken);
    }
    for (const text of ['', 'v1', 'v1..', sealed.slice(0, -4), 'nonsense']) {
      expect(() => sealer.open(text, 'AKIA1')).toThrow(SealBroken);
    }
  });

  it('uses a key file that is created once and readable only by its owner', () => {
    const directory = mkdtempSync(join(tmpdir(), 'stowage-key-'));
    const file = join(directory, 'deep', 'secret.key');
    expect(() => SecretSealer.withExistingKeyFile(file)).toThrow(file);
    const made = SecretSealer.withKeyFile(file).seal('x', 'o');
    expect(SecretSealer.withKeyFile(file).open(made, 'o')).toBe('x');
    expect(SecretSealer.withExistingKeyFile(file).open(made, 'o')).toBe('x');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(directory, { recursive: true });
  });

  it('rejects a key of the wrong length', () => {
    expect(() => SecretSealer.withKey('c2hvcnQ=')).toThrow('32 bytes');
  });
});
