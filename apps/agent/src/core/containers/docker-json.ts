/**
 * The parts of Docker's JSON (Engine API 1.41) that the agent reads and writes, with Docker's own names. The core uses
 * them as plain data; only the engine adapter sends and receives them.
 */

export interface HealthcheckConfig {
  readonly Test: readonly string[];
  /** In nanoseconds, like every duration of Docker in this file. */
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

export interface PortBinding {
  readonly HostIp: string;
  /** A port, a range to choose from (`40000-40999`), or an empty text for any port. */
  readonly HostPort: string;
}

export interface DockerMount {
  readonly Type: 'bind' | 'volume';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
}

export interface HostConfig {
  readonly Binds?: readonly string[];
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
  readonly CgroupParent?: string;
  readonly CpuShares: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly Devices?: readonly {
    readonly PathOnHost: string;
    readonly PathInContainer: string;
    readonly CgroupPermissions: string;
  }[];
  readonly DeviceRequests?: readonly {
    readonly DeviceIDs: readonly string[];
    /** Docker selects a driver that has all capabilities of one of these lists. */
    readonly Capabilities: readonly (readonly string[])[];
  }[];
  readonly Dns?: readonly string[];
  readonly DnsSearch?: readonly string[];
  readonly ExtraHosts?: readonly string[];
  readonly Init?: boolean;
  readonly IpcMode?: string;
  readonly Links?: readonly string[];
  readonly LogConfig?: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly Memory?: number;
  readonly MemoryReservation?: number;
  readonly MemorySwap?: number;
  readonly MemorySwappiness?: number;
  readonly Mounts?: readonly DockerMount[];
  readonly NetworkMode: string;
  readonly PidMode?: string;
  readonly PortBindings?: Readonly<Record<string, readonly PortBinding[]>>;
  readonly Privileged?: boolean;
  readonly ReadonlyRootfs?: boolean;
  readonly SecurityOpt?: readonly string[];
  readonly ShmSize?: number;
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly VolumesFrom?: readonly string[];
}

/** Body of `POST /containers/create`. */
export interface ContainerCreateBody {
  readonly Image: string;
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Healthcheck: HealthcheckConfig;
  readonly Hostname?: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkDisabled?: boolean;
  readonly OpenStdin?: boolean;
  readonly Tty?: boolean;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly HostConfig: HostConfig;
}

/** Response of `GET /containers/<id>/json`. */
export interface ContainerInspect {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  /** Id of the image. */
  readonly Image: string;
  readonly State: {
    /** One of created, running, paused, restarting, removing, exited and dead. */
    readonly Status: string;
    readonly Running: boolean;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
    readonly Error: string;
    /** RFC 3339. The year is 1 if the container has never started or finished. */
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: {
      readonly Status: string;
      readonly Log?: readonly { readonly End: string; readonly Output: string }[] | null;
    };
  };
  readonly Config: {
    readonly Image: string;
    readonly Tty: boolean;
    readonly Labels: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> | null };
  };
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Source: string;
    readonly Destination: string;
  }[];
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly PortBinding[] | null>> | null;
    readonly Networks: Readonly<
      Record<
        string,
        {
          readonly IPAddress: string;
          readonly MacAddress: string;
          readonly Gateway: string;
          readonly IPPrefixLen: number;
        }
      >
    > | null;
  };
}

/** An entry in the response of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}
