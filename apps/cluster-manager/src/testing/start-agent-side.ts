import type { RunningApp, Runtime } from '@stowage/runtime';
import { AgentSide } from '../shell/agents/agent-side';
import type { AgentSideConfig } from '../shell/agents/config';

/** Starts the part of a cluster manager that serves agents, without its operations. */
export async function startAgentSide(runtime: Runtime, config: AgentSideConfig): Promise<RunningApp> {
  const side = AgentSide.of(runtime, config);
  await side.onApplicationBootstrap();
  return { close: () => side.onModuleDestroy() };
}
