import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Images of the demonstration. Each has a folder below `apps/stowage/demo`. */
export const DEMO_IMAGES = ['httpd', 'busybox'] as const;
export type DemoImage = (typeof DEMO_IMAGES)[number];

/** Docker treats `localhost` as a registry on this machine, so that it does not pull the images from Docker Hub. */
export const imageName = (image: DemoImage): string => `localhost/stowage-demo-${image}`;

/** Builds an image from its Dockerfile and a statically linked busybox, without a registry. */
export async function buildImage(image: DemoImage, demoFolder: string, busybox: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'stowage-demo-'));
  try {
    await cp(join(demoFolder, image), context, { recursive: true });
    await copyFile(busybox, join(context, 'busybox'));
    // The legacy builder, because Debian does not install BuildKit's plugin with Docker.
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    await run('docker', ['build', '--quiet', '--tag', imageName(image), context], { env });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
