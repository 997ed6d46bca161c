import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readIfExists, readOrCreatePrivate } from './private-files';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** A sealed text was changed, belongs to another owner, or was sealed with another key. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Encrypts secrets that the journal contains, with AES-256-GCM and the deployment's key. */
export class SecretSealer {
  private constructor(private readonly key: Buffer) {}

  /** Uses the key in a file, which is created if it does not exist and is readable only by its owner. */
  static withKeyFile(path: string): SecretSealer {
    return SecretSealer.withKey(readOrCreatePrivate(path, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`));
  }

  /**
   * Uses the key in an existing file.
   * @throws Error with a sentence for the operator if the file does not exist.
   */
  static withExistingKeyFile(path: string): SecretSealer {
    const text = readIfExists(path);
    if (text === undefined) throw new Error(`There is no key to open secrets with at ${path}.`);
    return SecretSealer.withKey(text);
  }

  static withKey(base64: string): SecretSealer {
    const key = Buffer.from(base64, 'base64');
    if (key.length !== KEY_BYTES) throw new Error(`A key for secrets has ${String(KEY_BYTES)} bytes in base64.`);
    return new SecretSealer(key);
  }

  /**
   * `owner` identifies the owner of the secret, such as an access key id. A sealed text only opens for the same owner.
   */
  seal(secret: string, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [VERSION, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SealBroken if the text was changed, belongs to another owner, or was sealed with another key. */
  open(text: string, owner: string): string {
    const [version, ...parts] = text.split('.');
    const [nonce, tag, sealed] = parts.map((part) => Buffer.from(part, 'base64url'));
    if (version !== VERSION || !nonce || !tag || !sealed) throw new SealBroken(`The secret of ${owner} is malformed.`);
    try {
      const decipher = createDecipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new SealBroken(`The secret of ${owner} cannot be opened with this key.`, { cause: error });
    }
  }
}
