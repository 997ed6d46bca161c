import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { containerMetadata, taskMetadata } from '../../core/tasks/metadata';
import { factsOf } from '../../core/containers/facts';
import type { ContainerInspect } from '../../core/containers/docker-json';
import type { ContainerPlan } from '../../core/tasks/task-plan';
import { ContainerEngine } from '../containers/container-engine';
import { containerOfToken } from './container-of-token';
import { MetadataTokens } from './metadata-tokens';
import type { TaskRunner } from './task-runner';
import { TaskRunners } from './task-runners';

type Json = Readonly<Record<string, unknown>>;

/**
 * The task metadata endpoint of ECS for the containers of this instance, under the paths of version 4 and of version 3,
 * which old SDKs use. Version 4 adds members to the documents of version 3, so one document serves both. `taskWithTags`
 * does not exist: an agent does not know the tags, and an empty list would be wrong.
 */
@Controller(['v4/:token', 'v3/:token'])
export class MetadataController {
  constructor(
    private readonly runners: TaskRunners,
    private readonly tokens: MetadataTokens,
    private readonly engine: ContainerEngine,
  ) {}

  @Get()
  async container(@Param('token') token: string): Promise<Json> {
    const { runner, container } = this.find(token);
    return containerMetadata(runner.view, container, await this.inspect(runner, container));
  }

  @Get('task')
  async task(@Param('token') token: string): Promise<Json> {
    const { runner } = this.find(token);
    const { containers } = runner.plan;
    const inspects = await Promise.all(containers.map((container) => this.inspect(runner, container)));
    const { view } = runner;
    return taskMetadata(
      view,
      containers.map((container, index) => containerMetadata(view, container, inspects[index])),
    );
  }

  @Get('stats')
  async stats(@Param('token') token: string): Promise<unknown> {
    const { runner, container } = this.find(token);
    const [, stats] = await this.statsOf(runner, container);
    if (!stats) throw new NotFoundException(`Container ${container.name} is not running.`);
    return stats;
  }

  /** Maps Docker's ids to statistics, as ECS does. The value is null for a container that does not run. */
  @Get('task/stats')
  async taskStats(@Param('token') token: string): Promise<Json> {
    const { runner } = this.find(token);
    return Object.fromEntries(await Promise.all(runner.plan.containers.map((one) => this.statsOf(runner, one))));
  }

  private async statsOf(runner: TaskRunner, { name }: ContainerPlan): Promise<readonly [string, unknown]> {
    const { observed } = factsOf(runner.view.facts, name);
    // A container may send a request before the agent has seen that it runs.
    if (observed?.state !== 'running' && observed?.state !== 'created') return [observed?.containerId ?? name, null];
    return [observed.containerId, await this.engine.stats(observed.containerId)];
  }

  private async inspect(runner: TaskRunner, { name }: ContainerPlan): Promise<ContainerInspect | undefined> {
    const { observed } = factsOf(runner.view.facts, name);
    return observed && this.engine.inspect(observed.containerId);
  }

  private find(token: string): ReturnType<typeof containerOfToken> {
    return containerOfToken(this.runners, this.tokens, token);
  }
}
