import 'reflect-metadata';
import {
  AgentLink,
  connectAgent,
  createLogger,
  joinedIdentity,
  readConfig,
  runProcess,
  writePrivate,
} from '@stowage/runtime';
import { startAgent } from './app';
import { AgentConfig } from './config';
import { AgentLinkControlPlane } from './shell/control-plane/agent-link-control-plane';
import { DockerEngine } from './shell/containers/docker-engine';

const NAME = 'agent';

/** Runs the agent as a process. Containers keep running when the agent exits, whether it exits gracefully or not. */
void runProcess(NAME, async () => {
  const config = readConfig(AgentConfig);
  const logger = createLogger(NAME, config.logLevel);
  const identity = joinedIdentity(config.agentDataDir);
  if (!identity) throw new Error(`${config.agentDataDir} holds no identity: join a deployment first.`);
  const nats = await connectAgent(identity, {
    reconnectMs: config.agentRetryMinMs,
    connectTimeoutMs: config.agentConnectTimeoutMs,
  });
  const link = new AgentLink(nats, identity.instance, (error) => {
    logger.error({ err: error }, 'Failed to handle a message.');
  });
  const engine = new DockerEngine({
    socketPath: config.agentDockerSocket,
    answerTimeoutMs: config.agentDockerAnswerMs,
  });
  const controlPlane = new AgentLinkControlPlane(link, config.agentRequestTimeoutMs);
  const { agentReadyFile: readyFile } = config;
  const onRegistered = (): void => {
    if (readyFile !== undefined) writePrivate(readyFile, String(process.pid));
  };
  const agent = startAgent({ config, identity, controlPlane, engine, logger, now: Date.now, onRegistered });
  void agent.refused.then((reason) => {
    logger.fatal(
      { reason },
      'The control plane rejects this instance. The agent exits, and its containers keep running.',
    );
    process.exit(1);
  });
  logger.info({ instance: identity.instance, cluster: identity.cluster }, 'ready');
  return {
    close: async () => {
      await agent.close();
      await nats.close();
    },
  };
});
