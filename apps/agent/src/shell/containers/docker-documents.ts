/** Docker's responses for which dockerode's types are missing, imprecise or wrong. */

export interface DockerInfo {
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Architecture: string;
  readonly CgroupDriver: string;
  /** Exists since API 1.41. */
  readonly CgroupVersion?: string;
  readonly SecurityOptions: readonly string[] | null;
  readonly Plugins: { readonly Log: readonly string[] | null; readonly Volume: readonly string[] | null };
}

interface DockerAddresses {
  readonly Gateway?: string | undefined;
  readonly Subnet?: string | undefined;
}

export interface DockerNetwork {
  readonly IPAM?: { readonly Config?: readonly DockerAddresses[] | null | undefined } | undefined;
}

export interface DockerVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export interface DockerEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}
