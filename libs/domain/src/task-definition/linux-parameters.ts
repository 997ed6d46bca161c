import { duplicateOf } from '../duplicate';
import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { type InvalidSetting, invalidSettingOf } from './invalid-setting';

const SWAPPINESS = [0, 100] as const;
const NO_LIMIT = -1;

/** The capabilities of ECS's model, and AUDIT_READ, which Docker also has. */
const CAPABILITIES: ReadonlySet<string> = new Set(
  `ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK
   IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW
   SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO
   SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM`.split(/\s+/),
);

/** Mount options of ECS's model that are valid for a tmpfs. */
const TMPFS_FLAGS: ReadonlySet<string> = new Set(
  `defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync mand nomand atime noatime diratime nodiratime
   unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime strictatime
   nostrictatime`.split(/\s+/),
);
const TMPFS_VALUE_PATTERN = /^(?:mode=[0-7]{1,5}|(?:uid|gid|nr_inodes)=\d{1,10}|mpol=[a-z]+(?:[:=][0-9a-z:=-]+)?)$/;

/** @throws Refusal if Docker would not honour ulimits and Linux parameters exactly. */
export function checkLinuxParameters(
  container: Ecs.ContainerDefinition,
  { ipcMode }: { readonly ipcMode?: string },
): void {
  const invalid = invalidSettingOf(container);
  checkUlimits(container.ulimits ?? [], invalid);
  const { capabilities, tmpfs, sharedMemorySize } = container.linuxParameters ?? {};
  checkCapabilities(capabilities ?? {}, invalid);
  checkSwap(container, invalid);
  for (const mount of tmpfs ?? []) checkTmpfs(mount, invalid);
  if (sharedMemorySize !== undefined && sharedMemorySize < 0) {
    throw invalid('linuxParameters', "'sharedMemorySize' must not be negative");
  }
  if (sharedMemorySize && ipcMode !== undefined) {
    throw invalid('linuxParameters', `'sharedMemorySize' has no effect when ipcMode=${ipcMode}. Remove one of them`);
  }
}

function checkUlimits(ulimits: readonly Ecs.Ulimit[], invalid: InvalidSetting): void {
  for (const { name, softLimit, hardLimit } of ulimits) {
    if (softLimit < NO_LIMIT || hardLimit < NO_LIMIT) {
      throw invalid('ulimits', `a limit of '${name}' must be at least ${NO_LIMIT}, which means no limit`);
    }
    if (hardLimit !== NO_LIMIT && (softLimit === NO_LIMIT || softLimit > hardLimit)) {
      throw clientError(`Soft limit exceeds hard limit for ulimit ${name}`);
    }
  }
  const duplicate = duplicateOf(ulimits.map(({ name }) => name));
  if (duplicate !== undefined) throw invalid('ulimits', `'${duplicate}' is specified more than once`);
}

/** Docker also accepts lower case and the prefix CAP_. */
const capability = (text: string): string => text.toUpperCase().replace(/^CAP_/, '');

function checkCapabilities({ add = [], drop = [] }: Ecs.KernelCapabilities, invalid: InvalidSetting): void {
  const unknown = [...add, ...drop].find((text) => !CAPABILITIES.has(capability(text)));
  if (unknown !== undefined) throw invalid('capabilities', `Docker has no capability '${unknown}'`);
  const dropped = drop.map(capability);
  const both = add.find((text) => dropped.includes(capability(text)));
  if (both !== undefined) throw invalid('capabilities', `'${both}' is both added and dropped`);
}

function checkSwap({ memory, linuxParameters }: Ecs.ContainerDefinition, invalid: InvalidSetting): void {
  const { swappiness, maxSwap } = linuxParameters ?? {};
  const [least, most] = SWAPPINESS;
  if (swappiness !== undefined && (swappiness < least || swappiness > most)) {
    throw invalid('linuxParameters', `'swappiness' must be between ${least} and ${most}`);
  }
  if (maxSwap === undefined) return;
  if (maxSwap < 0) throw invalid('linuxParameters', "'maxSwap' must not be negative");
  if (memory === undefined) throw invalid('linuxParameters', "'maxSwap' needs the 'memory' of the container");
}

function checkTmpfs({ containerPath, size, mountOptions = [] }: Ecs.Tmpfs, invalid: InvalidSetting): void {
  if (size <= 0) throw invalid('tmpfs', `'size' of '${containerPath}' must be positive`);
  const unknown = mountOptions.find((option) => !TMPFS_FLAGS.has(option) && !TMPFS_VALUE_PATTERN.test(option));
  if (unknown === undefined) return;
  throw invalid(
    'tmpfs',
    `a tmpfs does not have the mount option '${unknown}'. Use flags such as noexec and values such as mode=1777`,
  );
}
