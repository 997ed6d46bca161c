import type { ContainerPlan, TaskPlan } from '../tasks/task-plan';

/**
 * Log drivers that write only to this host, which here includes `awslogs`. `journald` is not one of them, because
 * another process may block it.
 */
const LOCAL_LOG_DRIVERS = new Set(['awslogs', 'json-file', 'local', 'none']);

/**
 * Returns a key for the drivers that a create or a start of the container waits for outside of Docker: a log driver
 * that sends lines over the network, or a volume driver. The key is the same for containers with the same drivers, and
 * empty if there are none.
 */
export function outsideDrivers(plan: TaskPlan, { definition }: ContainerPlan): string {
  const logDriver = definition.logConfiguration?.logDriver;
  const volumes = plan.volumes.flatMap((volume) => {
    if (volume.kind === 'host') return [];
    // The options of the local driver can name a remote source, for example an NFS server.
    const isLocal = volume.driver === 'local' && Object.keys(volume.driverOpts).length === 0;
    return isLocal ? [] : [`volume ${volume.driver}`];
  });
  const logs = logDriver === undefined || LOCAL_LOG_DRIVERS.has(logDriver) ? [] : [`log ${logDriver}`];
  return [...new Set([...logs, ...volumes])].sort().join(', ');
}
