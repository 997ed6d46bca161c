import { NotFoundException } from '@nestjs/common';
import type { ContainerPlan } from '../../core/tasks/task-plan';
import type { MetadataTokens } from './metadata-tokens';
import type { TaskRunner } from './task-runner';
import type { TaskRunners } from './task-runners';

/** Who asks: containers know no other secret than the token in the address that they were given. */
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
