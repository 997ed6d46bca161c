import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The images of the demonstration: folders below `apps/stowage/demo`. */
export const DEMO_IMAGES = ['httpd', 'busybox'] as const;
export type DemoImage = (typeof DEMO_IMAGES)[number];

/** `localhost` is no registry: Docker looks nowhere else for them. */
export const imageName = (image: DemoImage): string => `localhost/stowage-demo-${image}`;

/** Builds one from its Dockerfile and a busybox without libraries; nothing comes from a registry. */
export async function buildImage(image: DemoImage, demoFolder: string, busybox: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'stowage-demo-'));
  try {
    await cp(join(demoFolder, image), context, { recursive: true });
    await copyFile(busybox, join(context, 'busybox'));
    // The newer builder is a plugin that Debian does not install with Docker.
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    await run('docker', ['build', '--quiet', '--tag', imageName(image), context], { env });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
