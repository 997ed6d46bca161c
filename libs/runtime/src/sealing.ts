import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readIfThere, readOrMakePrivate } from './private-files';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** A sealed text was changed, belongs to something else, or was sealed with another key. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Seals secrets that must stand in the journal: AES-256-GCM under the deployment's key. */
export class SecretSealer {
  private constructor(private readonly key: Buffer) {}

  /** With the key in a file, made at the first time, for its owner only. */
  static withKeyFile(path: string): SecretSealer {
    return SecretSealer.withKey(readOrMakePrivate(path, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`));
  }

  /** Without making one. @throws Error with a sentence when there is no such file. */
  static withExistingKeyFile(path: string): SecretSealer {
    const text = readIfThere(path);
    if (text === undefined) throw new Error(`There is no key to open secrets with at ${path}.`);
    return SecretSealer.withKey(text);
  }

  static withKey(base64: string): SecretSealer {
    const key = Buffer.from(base64, 'base64');
    if (key.length !== KEY_BYTES) throw new Error(`A key for secrets has ${String(KEY_BYTES)} bytes in base64.`);
    return new SecretSealer(key);
  }

  /** `owner` says what the secret belongs to, such as an access key's id: sealed texts can't be exchanged. */
  seal(secret: string, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [VERSION, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SealBroken */
  open(text: string, owner: string): string {
    const [version, ...parts] = text.split('.');
    const [nonce, tag, sealed] = parts.map((part) => Buffer.from(part, 'base64url'));
    if (version !== VERSION || !nonce || !tag || !sealed) throw new SealBroken(`The secret of ${owner} is malformed.`);
    try {
      const decipher = createDecipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new SealBroken(`The secret of ${owner} can't be opened.`, { cause: error });
    }
  }
}
