import type { InstanceId } from '@stowage/domain';
import type { PortRange } from '../networks/network-bindings';

/** What a container's options depend on beyond the task: this instance, and what was made for the task on it. */
export interface HostFacts {
  readonly instance: InstanceId;
  /** The address that host ports are bound on. */
  readonly bindIp: string;
  /** A range for dynamic host ports (`40000-40999`); without it, Docker's own. */
  readonly dynamicPorts?: string;
  /** Bound of the log of a container with the driver `awslogs`. */
  readonly logFiles: { readonly files: number; readonly fileMib: number };
  /** Host ports chosen for a container's `containerPortRange`, by its text. */
  readonly portRanges: ReadonlyMap<string, PortRange>;
  /** The task's cgroup when its sizes are held by one. */
  readonly cgroupParent?: string;
  /** Without a cgroup of its own, each container is held to the task's sizes. */
  readonly limitEachContainer: boolean;
  /** Where the container reaches the agent's metadata endpoint; absent when it cannot. */
  readonly metadata?: { readonly url: string; readonly token: string };
}
