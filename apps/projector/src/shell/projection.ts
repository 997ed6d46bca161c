import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Projector } from '@stowage/read-model';
import { DataSource } from 'typeorm';

export const DATA_SOURCE = Symbol('DataSource');

/** Runs the projector for as long as the app runs. */
@Injectable()
export class Projection implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly projector: Projector,
    @Inject(DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.projector.run(this.stopping.signal);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
