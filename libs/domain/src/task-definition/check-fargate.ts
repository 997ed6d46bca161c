import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { parseTaskCpu, parseTaskMemory } from './task-size';

/** Cpu units with their minimum, maximum and step of memory in MiB (ecs-api 5.4.2). */
const SIZES: ReadonlyMap<number, { readonly least: number; readonly most: number; readonly step: number }> = new Map([
  [256, { least: 512, most: 2_048, step: 512 }],
  [512, { least: 1_024, most: 4_096, step: 1_024 }],
  [1_024, { least: 2_048, most: 8_192, step: 1_024 }],
  [2_048, { least: 4_096, most: 16_384, step: 1_024 }],
  [4_096, { least: 8_192, most: 30_720, step: 1_024 }],
  [8_192, { least: 16_384, most: 61_440, step: 4_096 }],
  [16_384, { least: 32_768, most: 122_880, step: 8_192 }],
]);
/** The only size that violates its step: 256 units do not support 1.5 GB. */
const NO_SUCH_SIZE = { cpu: 256, memory: 1_536 };

/** @throws Refusal in ECS's words if a definition requires Fargate but Fargate could not run it either. */
export function checkFargate(input: Ecs.RegisterTaskDefinitionRequest): void {
  if (!input.requiresCompatibilities?.includes('FARGATE')) return;
  if (input.networkMode !== 'awsvpc') throw clientError('Fargate only supports network mode ‘awsvpc’.');
  if (input.cpu === undefined) throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  if (input.memory === undefined) throw clientError("Fargate requires that 'memory' be defined at the task level.");
  if (input.pidMode !== undefined && input.pidMode !== 'task') {
    throw clientError(
      `Tasks using the Fargate launch type do not support pidMode '${input.pidMode}'. The supported value for pidMode is 'task'.`,
    );
  }
  if (!isFargateSize(parseTaskCpu(input.cpu), parseTaskMemory(input.memory))) {
    throw clientError(
      `No Fargate configuration exists for given values: ${input.cpu} CPU, ${input.memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
}

function isFargateSize(cpu: number | undefined, memory: number | undefined): boolean {
  const size = SIZES.get(cpu ?? 0);
  if (!size || memory === undefined || (cpu === NO_SUCH_SIZE.cpu && memory === NO_SUCH_SIZE.memory)) return false;
  return memory >= size.least && memory <= size.most && memory % size.step === 0;
}
