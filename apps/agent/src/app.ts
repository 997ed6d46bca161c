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

/** Of this agent, as the control plane shows it. */
const AGENT_VERSION = '0.1.0';

export interface RunningAgent extends RunningApp {
  /** Resolves with the reason when the control plane does not want this instance any more; its containers are left alone. */
  readonly refused: Promise<string>;
  /** Resolves when Docker was reached and what was there is adopted. */
  readonly adopted: Promise<void>;
}

/** Starts an agent. It waits for Docker and for the control plane for as long as they are away. */
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

interface Life {
  readonly closing: AbortSignal;
  readonly onClose: (close: () => Promise<void> | void) => void;
  readonly refuse: (reason: string) => void;
}

async function begin(parts: AgentParts, life: Life): Promise<void> {
  const { closing, onClose } = life;
  const facts = await engineReached(parts, closing);
  if (!facts) return;
  const assembly = await assemble(parts, facts);
  onClose(() => assembly.store.settled());
  onClose(() => assembly.startGuard.close());
  const metadata = await listen(parts, assembly, facts);
  if (metadata) onClose(() => metadata.close());
  await whenReachable(parts, closing, () => assembly.runners.adopt());
  onClose(() => assembly.runners.close());
  if (!closing.aborted) join(parts, assembly, facts, life);
}

/** What is here is known: from now on it follows Docker and the control plane. */
function join(parts: AgentParts, assembly: Assembly, facts: EngineFacts, { onClose, refuse }: Life): void {
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
  // Docker may have been replaced by another version when the instance registers anew, or the machine have moved.
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

/** Asks Docker until it answers; undefined when the agent is closed before. */
async function whenReachable<T>(
  { config, logger }: AgentParts,
  closing: AbortSignal,
  question: () => Promise<T>,
): Promise<T | undefined> {
  const { retryMinMs, retryMaxMs } = retrySettings(config);
  const backoff = new Backoff({ minMs: retryMinMs, maxMs: retryMaxMs });
  while (!closing.aborted) {
    try {
      return await question();
    } catch (error) {
      logger.warn({ reason: errorText(error), socket: config.agentDockerSocket }, 'Docker can not be reached yet.');
      await backoff.failed(closing);
    }
  }
  return undefined;
}

/** The task metadata endpoint, where containers reach it. Without a bridge there is no such place. */
async function listen(
  parts: AgentParts,
  assembly: Assembly,
  facts: EngineFacts,
): Promise<NestFastifyApplication | undefined> {
  const { config, logger } = parts;
  const address = config.agentMetadataAddress ?? facts.bridgeGateway;
  if (address === undefined) {
    logger.warn('Docker has no default bridge: containers get no metadata endpoint.');
    return undefined;
  }
  const module = AgentModule.of(assembly, parts);
  const app = await createHttpApp<NestFastifyApplication>(module, { adapter: new FastifyAdapter(), logger });
  const port = await listenOn(app, address, config.agentMetadataPort || assembly.tokens.port);
  if (port === undefined) {
    logger.error({ address }, 'The metadata endpoint can not listen: containers get none.');
    await app.close();
    return undefined;
  }
  await assembly.tokens.keepPort(port);
  assembly.host.metadataAt(`http://${address}:${String(port)}`);
  return app;
}

/** On the wanted port, else on any: containers that know the old one lose the endpoint, new ones have it. */
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
