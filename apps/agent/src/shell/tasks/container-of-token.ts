import { NotFoundException } from '@nestjs/common';
import type { ContainerPlan } from '../../core/tasks/task-plan';
import type { MetadataTokens } from './metadata-tokens';
import type { TaskRunner } from './task-runner';
import type { TaskRunners } from './task-runners';

/**
 * Identifies the container that sent a request. The only secret of a container is the token in the address that it was
 * started with.
 */
export function containerOfToken(
  runners: TaskRunners,
  tokens: MetadataTokens,
  token: string,
): { readonly runner: TaskRunner; readonly container: ContainerPlan } {
  for (const runner of runners.all()) {
    for (const container of runner.plan.containers) {
      if (tokens.tokenOf(runner.task, container.name) === token) return { runner, container };
    }
  }
  throw new NotFoundException('There is no container of that id on this instance.');
}
