import Docker from 'dockerode';
import { imageName } from '../../apps/stowage/src/demo/images';

/** Numbers of parallel creates and starts. The fastest one depends on the machine. */
export const PARALLELISMS = [2, 3, 4] as const;
const BYTES_PER_MIB = 1024 * 1024;
const LABEL = 'stowage-bench';

/** The speed of Docker without Stowage, with which Stowage is compared in the same run. */
export class DockerFloor {
  private readonly docker = new Docker();

  /** Resolves with the seconds to create and start `count` containers, and removes them. */
  async seconds(count: number, parallelism: number): Promise<number> {
    const containers: Docker.Container[] = [];
    let left = count;
    const work = async (): Promise<void> => {
      while (left-- > 0) {
        const container = await this.docker.createContainer({
          Image: imageName('busybox'),
          Cmd: ['sleep', '3600'],
          Labels: { [LABEL]: '' },
          HostConfig: { Memory: 8 * BYTES_PER_MIB, NetworkMode: 'bridge' },
        });
        containers.push(container);
        await container.start();
      }
    };
    const took = await secondsOf(() => Promise.all(Array.from({ length: parallelism }, work)));
    for (const container of containers) await container.remove({ force: true });
    return took;
  }

  /** Removes the containers of a failed run. */
  async clear(): Promise<void> {
    for (const { Id } of await this.docker.listContainers({ all: true, filters: { label: [LABEL] } })) {
      await this.docker.getContainer(Id).remove({ force: true });
    }
  }
}

export async function secondsOf(operation: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await operation();
  return (performance.now() - began) / 1_000;
}
