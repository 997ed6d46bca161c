import type Docker from 'dockerode';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';

/** A file of an image: with content, or a link to another file. Without either, a directory. */
export interface ImageFile {
  readonly path: string;
  readonly content?: Buffer;
  readonly linkTo?: string;
  readonly mode?: number;
}

/** Busybox without libraries. The set-up extracts it from Debian's package. */
const BUSYBOX = resolve(__dirname, '../../.stowage/bin/busybox');
/** Commands that the containers of the tests use. */
const COMMANDS =
  'sh sleep echo date httpd cat wget nc id env ls true false kill ps dd mkdir touch df mount head tr stat hostname sysctl tail grep yes wc';

/** The files of a small image: Debian's static busybox under the names of its commands. */
export function busyboxFiles(): readonly ImageFile[] {
  return [
    ...['bin', 'etc', 'tmp', 'data'].map((path) => ({ path: `${path}/`, mode: path === 'tmp' ? 0o1777 : 0o755 })),
    { path: 'etc/passwd', content: Buffer.from('root:x:0:0::/:/bin/sh\nguest:x:1000:1000::/:/bin/sh\n'), mode: 0o644 },
    { path: 'bin/busybox', content: readFileSync(BUSYBOX) },
    ...COMMANDS.split(' ').map((name) => ({ path: `bin/${name}`, linkTo: 'busybox' })),
  ];
}

/** Makes an image of busybox under `name:tag`, without a registry. */
export async function makeImage(docker: Docker, image: string): Promise<void> {
  const [repo, tag] = image.split(/:(?=[^:/]*$)/);
  for await (const _ of await docker.importImage(Readable.from([tar(busyboxFiles())]), { repo, tag }));
}

/** Makes an image from another one with further Dockerfile instructions. */
export async function deriveImage(
  docker: Docker,
  image: string,
  base: string,
  instructions: readonly string[],
): Promise<void> {
  const dockerfile = Buffer.from([`FROM ${base}`, ...instructions].join('\n'));
  const context = Readable.from([tar([{ path: 'Dockerfile', content: dockerfile }])]);
  for await (const _ of await docker.buildImage(context, { t: image, forcerm: true }));
}

const TAR_BLOCK = 512;

export function tar(files: readonly ImageFile[]): Buffer {
  const blocks = files.flatMap(({ content = Buffer.alloc(0), ...file }) => [
    tarHeader(file, content.length),
    content,
    Buffer.alloc((TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * TAR_BLOCK)]);
}

function tarHeader({ path, linkTo, mode = 0o755 }: ImageFile, length: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0') + '\0';
  header.write(path, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        ', 148);
  header.write(linkTo ? '2' : path.endsWith('/') ? '5' : '0', 156);
  if (linkTo) header.write(linkTo, 157);
  header.write('ustar\x0000', 257);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  return header;
}
