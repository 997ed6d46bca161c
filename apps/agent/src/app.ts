import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RegisterRequest } from '@stowage/domain';
import { createHttpApp, type RunningApp } from '@stowage/runtime';
import { AgentModule } from './agent.module';
import { type AgentParts, assemble, type Assembly } from './assemble';
import { type EngineFacts, registration } from './core/control-plane/registration';
import { instanceSettings, retrySettings } from './settings';
import { Backoff, errorText } from '@stowage/concurrency';
import { findLogServices } from './shell/containers/log-services';
import { findPlugins } from './shell/containers/volume-plugins';

/** Version of this agent that the control plane shows. */
const AGENT_VERSION = '0.1.0';

export interface RunningAgent extends RunningApp {
  /** Resolves with the reason if the control plane rejects this instance. Its containers keep running. */
  readonly refused: Promise<string>;
  /** Resolves when the agent has reached Docker and has adopted the tasks of the previous process. */
  readonly adopted: Promise<void>;
}

/** Starts an agent. It retries until Docker and the control plane are reachable. */
export function startAgent(parts: AgentParts): RunningAgent {
  const closing = new AbortController();
  const closers: (() => Promise<void> | void)[] = [];
  let refuse: (reason: string) => void = () => undefined;
  const refused = new Promise<string>((resolve) => (refuse = resolve));
  const onClose = (close: () => Promise<void> | void): number => closers.push(close);
  const adopted = begin(parts, { closing: closing.signal, onClose, refuse });
  return {
    refused,
    adopted,
    close: async () => {
      closing.abort();
      await adopted.catch(() => undefined);
      for (const close of closers.reverse()) await close();
    },
  };
}

interface Lifecycle {
  readonly closing: AbortSignal;
  readonly onClose: (close: () => Promise<void> | void) => void;
  readonly refuse: (reason: string) => void;
}

async function begin(parts: AgentParts, lifecycle: Lifecycle): Promise<void> {
  const { closing, onClose } = lifecycle;
  const facts = await engineReached(parts, closing);
  if (!facts) return;
  const assembly = await assemble(parts, facts);
  onClose(() => assembly.store.settled());
  onClose(() => assembly.startGuard.close());
  const metadata = await listen(parts, assembly, facts);
  if (metadata) onClose(() => metadata.close());
  await whenReachable(parts, closing, () => assembly.runners.adopt());
  onClose(() => assembly.runners.close());
  if (!closing.aborted) startLoops(parts, assembly, facts, lifecycle);
}

/**
 * Starts the loops that follow Docker and the control plane. The tasks of the previous process must be adopted before.
 */
function startLoops(parts: AgentParts, assembly: Assembly, facts: EngineFacts, { onClose, refuse }: Lifecycle): void {
  const { reporter, feed, membership, watch, cleanup, logs, resources } = assembly;
  watch.start();
  cleanup.start();
  for (const part of [reporter, feed, watch, cleanup, membership]) {
    onClose(() => {
      part.close();
    });
  }
  onClose(
    parts.controlPlane.onHint(({ position }) => {
      feed.notify(position);
    }),
  );
  onClose(parts.controlPlane.onLogsRequest((request) => logs.answer(request)));
  const known = { agentVersion: AGENT_VERSION, canPause: resources.canPause(facts) };
  // The facts are read for each registration, because Docker's version or the machine's address may have changed.
  const current = async (): Promise<RegisterRequest> => {
    const { seenAs } = parts.controlPlane;
    const [logServices, plugins] = await Promise.all([findLogServices(), findPlugins()]);
    const found = { ...known, logServices, plugins, ...(seenAs && { seenAs }) };
    const settings = instanceSettings(parts.config, parts.identity, found);
    return registration(settings, await parts.engine.facts());
  };
  void membership.run(current).then((reason) => {
    if (reason !== undefined) refuse(reason);
  });
}

function engineReached(parts: AgentParts, closing: AbortSignal): Promise<EngineFacts | undefined> {
  return whenReachable(parts, closing, () => parts.engine.facts());
}

/** Retries `operation` until Docker answers. Resolves with undefined if the agent is closed first. */
async function whenReachable<T>(
  { config, logger }: AgentParts,
  closing: AbortSignal,
  operation: () => Promise<T>,
): Promise<T | undefined> {
  const { retryMinMs, retryMaxMs } = retrySettings(config);
  const backoff = new Backoff({ minMs: retryMinMs, maxMs: retryMaxMs });
  while (!closing.aborted) {
    try {
      return await operation();
    } catch (error) {
      logger.warn(
        { reason: errorText(error), socket: config.agentDockerSocket },
        'Failed to reach Docker; will retry.',
      );
      await backoff.failed(closing);
    }
  }
  return undefined;
}

/**
 * Starts the task metadata endpoint on an address that containers can reach. Resolves with undefined if there is none.
 */
async function listen(
  parts: AgentParts,
  assembly: Assembly,
  facts: EngineFacts,
): Promise<NestFastifyApplication | undefined> {
  const { config, logger } = parts;
  const address = config.agentMetadataAddress ?? facts.bridgeGateway;
  if (address === undefined) {
    logger.warn('Docker has no default bridge, so containers get no metadata endpoint.');
    return undefined;
  }
  const module = AgentModule.of(assembly, parts);
  const app = await createHttpApp<NestFastifyApplication>(module, { adapter: new FastifyAdapter(), logger });
  const port = await listenOn(app, address, config.agentMetadataPort || assembly.tokens.port);
  if (port === undefined) {
    logger.error({ address }, 'Failed to listen for the metadata endpoint; containers get none.');
    await app.close();
    return undefined;
  }
  await assembly.tokens.keepPort(port);
  assembly.host.metadataAt(`http://${address}:${String(port)}`);
  return app;
}

/**
 * Listens on the wanted port, or on any free port if it is in use. Containers that were started with the old port then
 * lose the endpoint, and new containers get the new port.
 */
async function listenOn(app: NestFastifyApplication, address: string, wanted: number): Promise<number | undefined> {
  for (const port of wanted === 0 ? [0] : [wanted, 0]) {
    try {
      await app.listen(port, address);
      return Number(new URL(await app.getUrl()).port);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return undefined;
}
