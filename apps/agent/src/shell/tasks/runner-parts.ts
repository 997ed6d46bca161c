import type { EpochMs, TaskId } from '@stowage/domain';
import type { Logger } from 'pino';
import type { Observed } from '../../core/containers/observe';
import type { ContainerEngine } from '../containers/container-engine';
import type { ContainerSteps } from '../containers/container-steps';
import type { LocalStore } from '../control-plane/local-store';
import type { StartGuard } from './start-guard';
import type { StatusReporter } from '../control-plane/status-reporter';
import type { TaskResources } from './task-resources';

/** Dependencies that all runners share. */
export interface RunnerParts {
  readonly engine: ContainerEngine;
  readonly steps: ContainerSteps;
  readonly resources: TaskResources;
  readonly reporter: StatusReporter;
  readonly store: LocalStore;
  readonly startGuard: StartGuard;
  readonly logger: Logger;
  readonly now: () => EpochMs;
  /**
   * Time in milliseconds for which a task that must stop waits for a create or start request that Docker is processing.
   */
  readonly abandonMs: number;
}

/** A container that an earlier process of the agent created. */
export interface Found {
  readonly container: string;
  readonly observed: Observed;
}

export const taskDocument = (task: TaskId): string => `tasks/${task}`;
