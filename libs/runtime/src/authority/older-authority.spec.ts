import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAccount, fromSeed, type KeyPair } from '@nats-io/jwt';
import { expect, it, describe } from 'vitest';
import { createAuthority } from './authority';
import { natsServerConfig } from './nats-server-config';

describe('a deployment that was created before event readers existed', () => {
  it('gets their account at its next start, and keeps its keys', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stowage-older-'));
    const first = await createAuthority(directory);
    const keyOf = (name: string): KeyPair => fromSeed(readFileSync(join(directory, `${name}.seed`)));
    const older = await encodeAccount('stowage', keyOf('account'), {}, { signer: keyOf('operator') });
    writeFileSync(join(directory, 'account.jwt'), older);
    for (const name of ['readers.seed', 'readers.jwt']) rmSync(join(directory, name));
    const next = await createAuthority(directory);
    expect(next.account.publicKey).toBe(first.account.publicKey);
    expect(next.account.jwt).not.toBe(older);
    expect(next.readers.publicKey).not.toBe(first.readers.publicKey);
    const config = natsServerConfig({ authority: next, host: '127.0.0.1', port: 4222, storeDir: directory });
    expect(config).toContain(`${next.account.publicKey}: ${next.account.jwt}`);
    expect(config).toContain(`${next.readers.publicKey}: ${next.readers.jwt}`);
    expect(await createAuthority(directory)).toMatchObject({ account: next.account, readers: next.readers });
    rmSync(directory, { recursive: true });
  });
});
