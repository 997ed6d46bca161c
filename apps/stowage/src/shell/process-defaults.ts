import { markOf, PROCESS_MARK } from './own-processes';
import type { DataFolder } from './data-folder';
import type { ProcessPlan } from './supervised-process';

/** A slow machine takes minutes to load the control plane, and NATS to open a long journal. */
export const READY_TIMEOUT_MS = 10 * 60_000;
const READY_REPORT_MS = 15_000;
/** Longer than the stop timeout of each process (`STOP_TIMEOUT_MS` of libs/runtime). */
const STOP_TIMEOUT_MS = 15_000;

/** Returns the defaults of all plans. `env` is merged into our own environment. */
export function processDefaults(
  folder: DataFolder,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Pick<ProcessPlan, 'name' | 'env' | 'logFile' | 'stopSignal' | 'stopTimeoutMs' | 'readyTimeoutMs' | 'readyReportMs'> {
  return {
    name,
    env: { ...process.env, ...env, [PROCESS_MARK]: markOf(folder.path, name) },
    logFile: folder.log(name),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    readyTimeoutMs: READY_TIMEOUT_MS,
    readyReportMs: READY_REPORT_MS,
  };
}
