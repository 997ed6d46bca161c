import type { InstanceId } from '@stowage/domain';
import type { PortRange } from '../networks/network-bindings';

/**
 * The properties of this instance, and the resources that it created for the task, on which the create request depends.
 */
export interface HostFacts {
  readonly instance: InstanceId;
  /** The address on which host ports are bound. */
  readonly bindIp: string;
  /** A range for dynamic host ports (`40000-40999`). Without it, Docker's own range applies. */
  readonly dynamicPorts?: string;
  /** Size limit of the log of a container with the driver `awslogs`. */
  readonly logFiles: { readonly files: number; readonly fileMib: number };
  /** Host ports that were chosen for a container's `containerPortRange`, by the text of the range. */
  readonly portRanges: ReadonlyMap<string, PortRange>;
  /** The cgroup of the task, if the task has one that enforces its sizes. */
  readonly cgroupParent?: string;
  /** Without a cgroup for the task, the sizes of the task limit each of its containers. */
  readonly limitEachContainer: boolean;
  /** Address of the agent's metadata endpoint. Absent if the container cannot reach the endpoint. */
  readonly metadata?: { readonly url: string; readonly token: string };
}
