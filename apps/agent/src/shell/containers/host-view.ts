import type { InstanceId } from '@stowage/domain';
import type { HostFacts } from '../../core/containers/host-facts';
import { hasLimits } from '../../core/tasks/task-limits';
import type { ContainerPlan, TaskPlan } from '../../core/tasks/task-plan';
import type { MetadataTokens } from '../tasks/metadata-tokens';
import type { PortRanges } from '../networks/port-ranges';
import type { TaskCgroups } from '../tasks/task-cgroups';

export interface HostSettings {
  readonly instance: InstanceId;
  readonly bindIp: string;
  readonly dynamicPorts?: string;
  readonly logFiles: HostFacts['logFiles'];
}

/** Returns the properties of this host for the create request of a container. */
export class HostView {
  private metadataUrl: string | undefined;

  constructor(
    private readonly cgroups: TaskCgroups,
    private readonly tokens: MetadataTokens,
    private readonly portRanges: PortRanges,
    private readonly settings: HostSettings,
  ) {}

  /** Containers that are created from now on get the address of the metadata endpoint. */
  metadataAt(url: string): void {
    this.metadataUrl = url;
  }

  async factsFor(plan: TaskPlan, container: ContainerPlan): Promise<HostFacts> {
    const cgroupParent = this.cgroups.parentOf(plan);
    const metadata = this.metadataFor(plan, container);
    return {
      ...this.settings,
      portRanges: await this.portRanges.choose(container),
      ...(cgroupParent && { cgroupParent }),
      limitEachContainer: !this.cgroups.available && hasLimits(plan.limits),
      ...(metadata && { metadata }),
    };
  }

  /** A container without a network cannot reach the endpoint. */
  private metadataFor(plan: TaskPlan, { name, definition }: ContainerPlan): HostFacts['metadata'] {
    if (this.metadataUrl === undefined || plan.networkMode === 'none' || definition.disableNetworking) return undefined;
    return { url: this.metadataUrl, token: this.tokens.tokenOf(plan.item.task, name) };
  }
}
