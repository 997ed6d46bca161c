import type { RunningApp, Runtime } from '@stowage/runtime';
import { AgentSide } from '../shell/agents/agent-side';
import type { AgentSideConfig } from '../shell/agents/config';

export interface RunningAgentSide extends RunningApp {
  /** Number of completed checks of the leases. */
  readonly checks: () => number;
}

/** Starts the part of a cluster manager that serves agents, without its operations. */
export async function startAgentSide(runtime: Runtime, config: AgentSideConfig): Promise<RunningAgentSide> {
  const side = AgentSide.of(runtime, config);
  await side.onApplicationBootstrap();
  return { checks: () => side.connections.checks, close: () => side.onModuleDestroy() };
}
