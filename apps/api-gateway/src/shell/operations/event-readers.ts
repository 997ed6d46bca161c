import { parseCluster, seconds, StowageInputs } from '@stowage/aws-api';
import { Refusal } from '@stowage/domain';
import type { ReaderStart } from '@stowage/journal';
import type { EventReaderService, Runtime } from '@stowage/runtime';
import { parseEventStart } from '../../core/events/event-request';
import { checkedAfter } from '../events/checked-after';
import { type OwnOperation, operationFor } from './own-operation';

/** Error text if the gateway does not have the deployment's keys. */
const NO_READERS = 'This gateway cannot create readers on NATS, because it was started without STOWAGE_AUTHORITY_DIR.';

/**
 * CreateEventReader: creates credentials with which a program reads events from NATS. They are returned to the caller
 * only.
 */
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
    CreateEventReader: operationFor(StowageInputs.CreateEventReaderRequest, async (input, { floor }) => {
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
