import {
  Follower,
  JETSTREAM_JOURNAL_DEFAULTS,
  JetStreamJournal,
  JournalCommandHandler,
  newestSnapshot,
  type SnapshotReports,
  SnapshotWriter,
} from '@stowage/journal';
import type { RuntimeConfig } from './config';
import { createLogger } from './logging';
import { connectNats } from './nats-connection';
import type { Runtime } from './runtime';

export interface StartRuntimeOptions {
  /**
   * Called when the fold cannot continue because of a bug or another journal. The process must end; `runApp` ends it.
   */
  readonly onFatal?: (error: Error) => void;
}

/**
 * Connects, opens the journal and folds it to its end.
 * @throws NatsUnreachable if NATS cannot be reached or rejects the credentials.
 * @throws JournalUnfit if the stream is not suitable.
 * @throws JournalUnavailable if the journal is unavailable.
 * @throws FoldLagging if the fold does not reach the end of the journal in time.
 */
export async function startRuntime(
  config: RuntimeConfig,
  name: string,
  { onFatal }: StartRuntimeOptions = {},
): Promise<Runtime> {
  const logger = createLogger(name, config.logLevel);
  const nats = await connectNats({
    servers: config.natsUrls,
    name,
    reconnectMs: config.natsReconnectMs,
    connectTimeoutMs: config.startTimeoutMs,
    ...(config.natsCredsFile && { credsFile: config.natsCredsFile }),
    ...(config.natsCaFile && { caFile: config.natsCaFile }),
  });
  const scope = { region: config.region, account: config.accountId };
  try {
    const journal = await JetStreamJournal.open(nats, {
      ...JETSTREAM_JOURNAL_DEFAULTS,
      replicas: config.journalReplicas,
      scope,
      answerMs: config.commitAnswerMs,
      timeoutMs: config.commitTimeoutMs,
      onInterruption: (reason) => logger.warn({ reason }, 'Following the journal was interrupted; will retry.'),
    });
    const reports: SnapshotReports = {
      onTrouble: (message, error) => logger.warn({ err: error }, message),
      onReplay: (message) => logger.info(message),
      onAlarm: (message) => logger.error({ alarm: true }, message),
    };
    const from = config.snapshotEvents > 0 ? await newestSnapshot(config.dataDir, journal, reports) : undefined;
    const fold = new Follower(journal, {
      ...(from && { from }),
      onFailure: (error) => {
        logger.fatal({ err: error }, 'The journal cannot be folded; the process ends.');
        onFatal?.(error);
      },
    });
    fold.start();
    await fold.catchUp(config.startTimeoutMs);
    const snapshots = new SnapshotWriter(config.dataDir, journal, fold, reports);
    if (config.snapshotEvents > 0) snapshots.start({ events: config.snapshotEvents, checkMs: config.snapshotCheckMs });
    const commands = new JournalCommandHandler(journal, fold, {
      foldTimeoutMs: config.foldTimeoutMs,
      attemptsMax: config.commandAttemptsMax,
    });
    return {
      scope,
      logger,
      nats,
      journal,
      fold,
      commands,
      now: Date.now,
      close: async () => {
        await snapshots.stop();
        await fold.stop();
        await journal.close();
        await nats.close();
      },
    };
  } catch (error) {
    await nats.close();
    throw error;
  }
}
