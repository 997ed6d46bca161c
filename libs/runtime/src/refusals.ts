import { Refusal } from '@stowage/domain';
import type { OperationReply, RefusalData } from './operations';

/** A refusal as it travels between services. */
export function refusalData({ code, message, resourceIds }: Refusal): RefusalData {
  return { code, message, ...(resourceIds && { resourceIds }) };
}

/** The refusal that an owner's data stands for, to be thrown on the asking side. */
export function refusalFrom({ code, message, resourceIds }: RefusalData): Refusal {
  return new Refusal(code, message, resourceIds);
}

/** Carries out an operation for its reply: a refusal becomes data, anything else stays a fault and is thrown on. */
export async function answering<Output>(
  carryOut: () => Promise<{ readonly output: Output; readonly sequence: number }>,
): Promise<OperationReply<Output>> {
  try {
    return { ok: true, ...(await carryOut()) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, refusal: refusalData(error) };
    throw error;
  }
}
