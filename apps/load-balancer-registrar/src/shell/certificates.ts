import { readdir } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Certificates } from '@stowage/domain';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { RegistrarConfig } from '../config';

const SUFFIX = '.pem';

/** The certificates that listeners may use: one file `<id>.pem` each, with chain and key, in one directory. */
@Injectable()
export class CertificateFiles {
  constructor(
    @Inject(RegistrarConfig) private readonly config: Pick<RegistrarConfig, 'certificatesDir'>,
    @Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'scope'>,
  ) {}

  /** Returns the present certificates; none if the directory does not exist. */
  async list(): Promise<Certificates> {
    const files = await readdir(this.config.certificatesDir).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    const ids = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
    return { scope: this.runtime.scope, ids: new Set(ids) };
  }
}
