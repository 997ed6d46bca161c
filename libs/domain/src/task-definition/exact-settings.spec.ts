import { describe, expect, it } from 'vitest';
import type * as Ecs from '../ecs/shapes';
import { stateOf } from '../testing/given';
import { decideRegisterTaskDefinition } from './register-task-definition';
import { type Overrides, withOverrides } from '../testing/overrides';

/** Settings that Docker would interpret differently, ignore, or never start a container with. */
type Input = Ecs.RegisterTaskDefinitionRequest;

const web: Ecs.ContainerDefinition = { name: 'web', image: 'busybox', memory: 32 };
const side: Ecs.ContainerDefinition = { name: 'side', image: 'busybox', memory: 16, essential: false };
const volumes: readonly Ecs.Volume[] = [{ name: 'v' }, { name: 'w' }];

const register = (rest: Overrides<Ecs.ContainerDefinition>, task: Partial<Input> = {}): Ecs.TaskDefinition =>
  decideRegisterTaskDefinition(stateOf([]), {
    input: { family: 'shop', volumes, containerDefinitions: [withOverrides(web, rest), side], ...task },
    registeredBy: 'me',
  })[0].definition;

const linux = (linuxParameters: Ecs.LinuxParameters): Partial<Ecs.ContainerDefinition> => ({ linuxParameters });
const tmpfs = (...mountOptions: readonly string[]): Partial<Ecs.ContainerDefinition> =>
  linux({ tmpfs: [{ containerPath: '/t', size: 1, mountOptions }] });
const mounts = (...paths: readonly string[]): Partial<Ecs.ContainerDefinition> => ({
  mountPoints: paths.map((containerPath) => ({ sourceVolume: 'v', containerPath })),
});
const control = (namespace: string): Partial<Ecs.ContainerDefinition> => ({
  systemControls: [{ namespace, value: '1' }],
});
const shared = (name: string, rest: Ecs.DockerVolumeConfiguration = {}): Partial<Input> => ({
  volumes: [{ name, dockerVolumeConfiguration: { scope: 'shared', ...rest } }],
});

type Case = [why: string, container: Overrides<Ecs.ContainerDefinition>, task?: Partial<Input>];

describe('RegisterTaskDefinition rejects, with the name of the setting,', () => {
  it.each<Case>([
    ["'image' setting for container 'web': 'http://x/y' is not a Docker image reference", { image: 'http://x/y' }],
    ["'a//b' is not a Docker image reference", { image: 'a//b' }],
    ["'../../x' is not a Docker image reference", { image: '../../x' }],
    ["'../info#' is not a Docker image reference", { image: '../info#' }],
    ["'Web' is not a Docker image reference", { image: 'Web' }],
    ['Container.image contains invalid characters', { image: `${'a/'.repeat(128)}a` }],
    ["Container.name 'internalecspause' is reserved", { name: 'internalecspause' }],
    ["'workingDirectory' setting for container 'web': 'srv' must be an absolute path", { workingDirectory: 'srv' }],
    ["'mountPoints' setting for container 'web': '/d' is specified more than once", mounts('/d', '/d')],
    ["'/x/../d/' is the same path as '/d'", mounts('/d', '/x/../d/')],
    ["'//d' is the same path as '/d'", mounts('/d', '//d')],
    ["nothing can be mounted at '/'", mounts('/')],
    ["nothing can be mounted at '/x/..'", mounts('/x/..')],
    ["nothing can be mounted at '/proc/'", mounts('/proc/')],
    [
      "'tmpfs' setting for container 'web': '/d/' is the same path as '/d'",
      { ...mounts('/d'), ...linux({ tmpfs: [{ containerPath: '/d/', size: 1 }] }) },
    ],
    [
      "'/t/.' is the same path as '/t'",
      linux({
        tmpfs: [
          { containerPath: '/t', size: 1 },
          { containerPath: '/t/.', size: 2 },
        ],
      }),
    ],
    ["a tmpfs does not have the mount option 'size=9g'", tmpfs('size=9g')],
    ["a tmpfs does not have the mount option 'remount'", tmpfs('remount')],
    ["a tmpfs does not have the mount option 'ro,size=9g'", tmpfs('ro,size=9g')],
    ["a tmpfs does not have the mount option 'mode'", tmpfs('mode')],
    [
      "'devices' setting for container 'web': '/dev/x' is specified more than once",
      linux({
        devices: [
          { hostPath: '/dev/null', containerPath: '/dev/x' },
          { hostPath: '/dev/zero', containerPath: '/dev/x' },
        ],
      }),
    ],
    [
      "'devices' setting for container 'web': 'containerPath' must be an absolute path",
      linux({ devices: [{ hostPath: '/dev/null', containerPath: 'x' }] }),
    ],
    [
      "'ulimits' setting for container 'web': 'nofile' is specified more than once",
      {
        ulimits: [
          { name: 'nofile', softLimit: 1, hardLimit: 2 },
          { name: 'nofile', softLimit: 3, hardLimit: 4 },
        ],
      },
    ],
    ["a limit of 'core' must be at least -1", { ulimits: [{ name: 'core', softLimit: -2, hardLimit: 2 }] }],
    [
      "'capabilities' setting for container 'web': Docker has no capability 'SYS_EVERYTHING'",
      linux({ capabilities: { add: ['SYS_EVERYTHING'] } }),
    ],
    ["'CAP_CHOWN' is both added and dropped", linux({ capabilities: { add: ['CAP_CHOWN'], drop: ['chown'] } })],
    [
      "'maxSwap' needs the 'memory' of the container",
      { memory: undefined, memoryReservation: 32, ...linux({ maxSwap: 1 }) },
    ],
    ["'sharedMemorySize' has no effect when ipcMode=host", linux({ sharedMemorySize: 8 }), { ipcMode: 'host' }],
    [
      "'systemControls' setting for container 'web': 'vm.swappiness' belongs to the whole machine",
      control('vm.swappiness'),
    ],
    ["'net/core/somaxconn' belongs to the whole machine", control('net/core/somaxconn')],
    ["'net..core' belongs to the whole machine", control('net..core')],
    ["'kernel.hostname' belongs to the whole machine", control('kernel.hostname')],
    [
      "'net.core.somaxconn' belongs to the host when networkMode=host",
      control('net.core.somaxconn'),
      { networkMode: 'host' },
    ],
    ["'kernel.msgmax' belongs to the host when ipcMode=host", control('kernel.msgmax'), { ipcMode: 'host' }],
    [
      "'net.core.somaxconn' is specified more than once",
      { systemControls: [...['1', '2'].map((value) => ({ namespace: 'net.core.somaxconn', value }))] },
    ],
    ["'hostname' setting for container 'web': 'a b'", { hostname: 'a b' }],
    ['must be 1 to 64 letters', { hostname: 'x'.repeat(65) }],
    [
      "'extraHosts' setting for container 'web': 'a:b' is not a host name",
      { extraHosts: [{ hostname: 'a:b', ipAddress: '10.0.0.1' }] },
    ],
    ["'10.0.0.256' is not an IP address", { extraHosts: [{ hostname: 'a', ipAddress: '10.0.0.256' }] }],
    ["'10.0.0.1\nnameserver 10.9.9.9' is not an IP address", { dnsServers: ['10.0.0.1\nnameserver 10.9.9.9'] }],
    ["'dnsServers' setting for container 'web': 'dns.local' is not an IP address", { dnsServers: ['dns.local'] }],
    ["'dnsSearchDomains' setting for container 'web': 'a b' is not a domain", { dnsSearchDomains: ['a b'] }],
    [
      "'portMappings' setting for container 'web': it has no effect with 'disableNetworking'",
      { disableNetworking: true, portMappings: [{ containerPort: 80 }] },
    ],
    [
      "'dnsServers' setting for container 'web': it has no effect",
      { disableNetworking: true, dnsServers: ['10.0.0.1'] },
    ],
    ["'links' setting for container 'web': two links have the alias 'side'", { links: ['side', 'side:side'] }],
    [
      "'volumesFrom' setting. 'side' is specified more than once",
      { volumesFrom: [{ sourceContainer: 'side' }, { sourceContainer: 'side', readOnly: true }] },
    ],
    [
      "'dockerSecurityOptions' setting for container 'web': 'credentialspec:x'",
      { dockerSecurityOptions: ['credentialspec:x'] },
    ],
    ["the key 'stowage.task' is reserved", { dockerLabels: { 'stowage.task': 'x' } }],
    [
      "'labels' setting for volume 'vol': the key 'stowage.instance' is reserved",
      {},
      shared('vol', { labels: { 'stowage.instance': 'x' } }),
    ],
    ["Volume 'v' cannot have the scope 'shared'", {}, shared('v')],
    ["Volume '_data' cannot have the scope 'shared'", {}, shared('_data')],
    ["the name 'HTTP' must be 1 to 64 lower-case letters", { portMappings: [{ containerPort: 80, name: 'HTTP' }] }],
    [
      "the 'ignoredExitCodes' setting for container 'web' can have at most 50",
      { restartPolicy: { enabled: true, ignoredExitCodes: Array.from({ length: 51 }, (_, code) => code) } },
    ],
  ])('%s', (why, container, task) => {
    expect(() => register(container, task)).toThrow(expect.objectContaining({ code: 'ClientException' }) as Error);
    expect(() => register(container, task)).toThrow(why);
  });
});

describe('RegisterTaskDefinition accepts similar but valid settings:', () => {
  it.each<Case>([
    ['a digest after 255 characters', { image: `${'a/'.repeat(127)}a@sha256:${'0a'.repeat(32)}` }],
    ['nested mounts', { ...mounts('/d', '/d/e'), ...tmpfs('mode=1777', 'noexec', 'uid=1000') }],
    ['a path with a colon', mounts('/d:ro')],
    ['every spelling of a capability', linux({ capabilities: { add: ['CAP_SYS_ADMIN', 'net_admin'], drop: ['ALL'] } })],
    [
      'the domain name, and parameters of IPC and network',
      {
        systemControls: ['kernel.domainname', 'kernel.shmmax', 'fs.mqueue.msg_max', 'net.ipv4.tcp_syncookies'].map(
          (namespace) => ({ namespace, value: '1' }),
        ),
      },
    ],
    [
      'IPv6 addresses and the gateway of the host',
      {
        dnsServers: ['::1', 'fd00::1:2', '::ffff:10.0.0.1', '1:2:3:4:5:6:7:8'],
        extraHosts: [{ hostname: 'host.docker.internal', ipAddress: 'host-gateway' }],
      },
    ],
    ['the search domain for no search', { dnsSearchDomains: ['.'] }],
    ['no network', { disableNetworking: true, hostname: 'alone' }],
    ['shared memory without ipcMode', linux({ sharedMemorySize: 8 })],
    ['ipcMode without shared memory', {}, { ipcMode: 'task' }],
    ['a shared volume', {}, shared('data')],
  ])('%s', (_what, container, task) => {
    expect(register(container, task).family).toBe('shop');
  });

  it('requires an instance with AppArmor or SELinux if an option needs it', () => {
    const required = (...dockerSecurityOptions: readonly string[]): readonly (string | undefined)[] =>
      register({ dockerSecurityOptions }).requiresAttributes?.map(({ name }) => name) ?? [];
    expect(required('apparmor:web', 'label=type:web_t')).toEqual([
      'com.amazonaws.ecs.capability.selinux',
      'com.amazonaws.ecs.capability.apparmor',
    ]);
    expect(required('apparmor:unconfined', 'label:disable', 'no-new-privileges:true', 'seccomp=unconfined')).toEqual(
      [],
    );
  });
});
