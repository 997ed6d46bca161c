import { parseCluster, seconds, StowageInputs } from '@stowage/aws-api';
import { Refusal } from '@stowage/domain';
import type { ReaderStart } from '@stowage/journal';
import type { EventReaderService, Runtime } from '@stowage/runtime';
import { parseEventStart } from '../../core/events/event-request';
import { checkedAfter } from '../events/checked-after';
import { type OwnOperation, taking } from './own-operation';

/** What is said where the deployment's keys are not at hand. */
const NO_READERS = 'There are no readers on NATS here: this gateway was started without STOWAGE_AUTHORITY_DIR.';

/** CreateEventReader: a program's right to read events from NATS. Only its caller ever sees the credentials. */
export function eventReaderOperations(
  service: EventReaderService | undefined,
  { scope, journal }: Pick<Runtime, 'scope' | 'journal'>,
  defaultSeconds: number,
): Readonly<Record<string, OwnOperation>> {
  const startOf = async (from: string | undefined): Promise<ReaderStart> => {
    const start = parseEventStart(from);
    if ('now' in start) return 'new';
    if ('time' in start) return { timeMs: start.time };
    await checkedAfter(journal, start.after);
    return { sequence: start.after + 1 };
  };
  return {
    CreateEventReader: taking(StowageInputs.CreateEventReaderRequest, async (input, { floor }) => {
      if (!service) throw new Refusal('UnsupportedFeatureException', NO_READERS);
      const { from, cluster, expiresInSeconds = defaultSeconds } = input;
      const { expiresAt, ...access } = await service.createReader({
        start: await startOf(from),
        expiresInMs: expiresInSeconds * 1_000,
        ...(cluster !== undefined && { cluster: parseCluster(scope, cluster) }),
      });
      return { output: { ...access, expiresAt: seconds(expiresAt) }, sequence: floor };
    }),
  };
}
