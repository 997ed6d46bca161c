/**
 * Task-level sizes as users write them: units ("512") or a text with a unit ("1 vCPU", ".5 vcpu", "2GB", "512 MB").
 * They are stored and displayed as whole numbers in text (ecs-api 5.4.1).
 */

const VCPU_PATTERN = /^(\d+|\d*\.\d+)\s*vcpu$/i;
const GB_PATTERN = /^(\d+|\d*\.\d+)\s*gb$/i;
const MB_PATTERN = /^(\d+)\s*mb$/i;
const WHOLE_PATTERN = /^\d{1,9}$/;
const UNITS_PER_VCPU = 1024;
const MIB_PER_GB = 1024;
/** An eighth of a vCPU, and 192 vCPUs (ECS model, `cpu`). */
const TASK_CPU_MIN = 128;
const TASK_CPU_MAX = 196_608;

/**
 * Returns the cpu units of a task-level `cpu`, or undefined if the text is not a whole number of units within the
 * bounds of a task.
 */
export function parseTaskCpu(text: string): number | undefined {
  const trimmed = text.trim();
  const vcpu = VCPU_PATTERN.exec(trimmed)?.[1];
  if (vcpu === undefined && !WHOLE_PATTERN.test(trimmed)) return undefined;
  const units = vcpu === undefined ? Number(trimmed) : Number(vcpu) * UNITS_PER_VCPU;
  return units >= TASK_CPU_MIN && units <= TASK_CPU_MAX ? positiveWhole(units) : undefined;
}

/** Returns the MiB of a task-level `memory`, or undefined if the text is not a positive whole number of MiB. */
export function parseTaskMemory(text: string): number | undefined {
  const trimmed = text.trim();
  const gb = GB_PATTERN.exec(trimmed)?.[1];
  if (gb !== undefined) return positiveWhole(Number(gb) * MIB_PER_GB);
  const mb = MB_PATTERN.exec(trimmed)?.[1] ?? trimmed;
  return WHOLE_PATTERN.test(mb) ? positiveWhole(Number(mb)) : undefined;
}

function positiveWhole(value: number): number | undefined {
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
