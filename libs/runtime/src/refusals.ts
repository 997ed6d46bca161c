import { Refusal } from '@stowage/domain';
import type { OperationReply, RefusalData } from './operations';

/** Converts a refusal to the form in which services send it. */
export function refusalData({ code, message, resourceIds }: Refusal): RefusalData {
  return { code, message, ...(resourceIds && { resourceIds }) };
}

/** Converts received data to the refusal that the client of an owner throws. */
export function refusalFrom({ code, message, resourceIds }: RefusalData): Refusal {
  return new Refusal(code, message, resourceIds);
}

/** Carries out an operation and returns its reply. A refusal becomes data; other errors are passed on as faults. */
export async function replyFrom<Output>(
  carryOut: () => Promise<{ readonly output: Output; readonly sequence: number }>,
): Promise<OperationReply<Output>> {
  try {
    return { ok: true, ...(await carryOut()) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, refusal: refusalData(error) };
    throw error;
  }
}
