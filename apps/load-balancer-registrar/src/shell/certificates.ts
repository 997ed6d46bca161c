import { readdir } from 'node:fs/promises';
import type { Certificates, Scope } from '@stowage/domain';

const SUFFIX = '.pem';

/** The certificates that listeners may have: files `<id>.pem`, chain and key, in one directory. */
export class CertificateFiles {
  constructor(
    private readonly directory: string,
    private readonly scope: Scope,
  ) {}

  /** Those that are there now. Without the directory there are none. */
  async list(): Promise<Certificates> {
    const files = await readdir(this.directory).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    const ids = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
    return { scope: this.scope, ids: new Set(ids) };
  }
}
