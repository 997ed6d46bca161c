import type { Ecs, TaskId } from '@stowage/domain';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../../../../../test/support/test-agent';
import { PAUSE_IMAGE } from '../../core/images/pause-image';

/** A loopback address that only this file uses, as an instance has that shares its machine with others. */
const BIND_IP = '127.0.42.1';
let agent: TestAgent;

beforeAll(async () => {
  agent = await TestAgent.start({ config: { agentBindIp: BIND_IP } });
});
afterAll(async () => {
  await agent.destroy();
  await agent.docker.getImage(PAUSE_IMAGE).remove({ force: true });
});

const web = (text: string, port = 80) => [
  'sh',
  '-c',
  `echo ${text} >/data/index.html; exec httpd -f -p ${String(port)} -h /data`,
];

/** Time within which one attempt to load a page must succeed. */
const PAGE_ATTEMPT_MS = 2_000;

async function page(host: string, port: number | undefined): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      // Docker's proxy may accept a connection before the container listens, and such a connection can stay silent.
      const signal = AbortSignal.timeout(PAGE_ATTEMPT_MS);
      return (await (await fetch(`http://${host}:${String(port)}/`, { signal })).text()).trim();
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function bindings(task: TaskId): readonly Ecs.NetworkBinding[] {
  const [container] = agent.controlPlane.reports.findLast((report) => report.task === task)?.containers ?? [];
  return container?.networkBindings ?? [];
}

describe('on a bridge', () => {
  it('a container port gets a free host port, which is reported and accepts connections', async () => {
    const task = await agent.runUntilRunning(
      agent.definition({ command: web('dynamic'), portMappings: [{ containerPort: 80 }] }),
    );
    const [binding] = bindings(task);
    expect(binding).toMatchObject({ bindIP: BIND_IP, containerPort: 80, protocol: 'tcp' });
    expect(binding?.hostPort).toBeGreaterThan(1024);
    expect(await page(BIND_IP, binding?.hostPort)).toBe('dynamic');
  });

  it('a fixed host port is that port, only on the address of the instance', async () => {
    const portMappings = [{ containerPort: 80, hostPort: 18_080 }];
    const task = await agent.runUntilRunning(agent.definition({ command: web('fixed'), portMappings }));
    expect(bindings(task)).toEqual([{ bindIP: BIND_IP, containerPort: 80, hostPort: 18_080, protocol: 'tcp' }]);
    expect(await page(BIND_IP, 18_080)).toBe('fixed');
    await expect(fetch('http://127.0.0.1:18080/')).rejects.toThrow();
    await agent.end(task);
    expect((await agent.status(task, 'STOPPED')).containers[0]?.networkBindings).toBeUndefined();
  });

  it('a UDP port is a UDP port', async () => {
    const portMappings = [{ containerPort: 5353, hostPort: 15_353, protocol: 'udp' as const }];
    const task = await agent.runUntilRunning(agent.definition({ portMappings }));
    expect(bindings(task)).toEqual([{ bindIP: BIND_IP, containerPort: 5353, hostPort: 15_353, protocol: 'udp' }]);
    const socket = createSocket('udp4').bind(15_353, BIND_IP);
    await expect(once(socket, 'listening')).rejects.toThrow('EADDRINUSE');
  });

  it('a range of ports gets consecutive host ports', async () => {
    const portMappings = [{ containerPortRange: '8000-8002' }];
    const task = await agent.runUntilRunning(agent.definition({ command: web('ranged', 8_002), portMappings }));
    const [binding, ...rest] = bindings(task);
    expect(rest).toEqual([]);
    expect(binding).toMatchObject({ bindIP: BIND_IP, containerPortRange: '8000-8002', protocol: 'tcp' });
    const [from = 0, to = 0] = binding?.hostPortRange?.split('-').map(Number) ?? [];
    expect(to - from).toBe(2);
    expect(await page(BIND_IP, to)).toBe('ranged');
  });

  it('a host port that is in use ends the task with the reason', async () => {
    const taken: Server = createServer().listen(18_081, BIND_IP);
    await once(taken, 'listening');
    const portMappings = [{ containerPort: 80, hostPort: 18_081 }];
    const report = await agent.runUntilStopped(agent.definition({ portMappings }));
    taken.close();
    expect(report.stopCode).toBe('TaskFailedToStart');
    const { name, reason = '' } = report.containers[0]!;
    expect(reason).toMatch(/^CannotStartContainerError: Error response from daemon: .*18081/);
    expect(report.stoppedReason).toBe(`Task failed to start: container ${name}: ${reason}`);
  });

  it('links connect to other containers by name and alias, which are started first', async () => {
    const task = await agent.runUntilRunning({
      containerDefinitions: [
        agent.container({
          name: 'front',
          command: ['sh', '-c', 'wget -qO- http://back/; wget -qO- http://store/; env | grep STORE_NAME; sleep 60'],
          links: ['back', 'back:store'],
        }),
        agent.container({ name: 'back', command: web('from the back') }),
      ],
    });
    await expect.poll(() => agent.output(task, 'front')).toMatch(/from the back\nfrom the back\nSTORE_NAME=/);
  });

  it('names are resolved with the settings of the definition', async () => {
    const output = await agent.outputOf('cat /etc/resolv.conf; grep elsewhere /etc/hosts', {
      dnsServers: ['192.0.2.53'],
      dnsSearchDomains: ['example.test'],
      extraHosts: [{ hostname: 'elsewhere', ipAddress: '192.0.2.9' }],
    });
    expect(output).toMatch(/nameserver 192\.0\.2\.53/);
    expect(output).toMatch(/search example\.test/);
    expect(output).toMatch(/192\.0\.2\.9\s+elsewhere/);
  });

  it('a container without networking has no network', async () => {
    expect(await agent.outputOf('ls /sys/class/net', { disableNetworking: true })).toBe('lo');
  });
});

describe('on other networks', () => {
  it('with host, a container uses the ports of the host', async () => {
    const task = await agent.runUntilRunning({
      ...agent.definition({ command: web('host', 18_082), portMappings: [{ containerPort: 18_082 }] }),
      networkMode: 'host',
    });
    expect(bindings(task)).toEqual([{ bindIP: '0.0.0.0', containerPort: 18_082, hostPort: 18_082, protocol: 'tcp' }]);
    expect(await page('127.0.0.1', 18_082)).toBe('host');
    expect((await agent.inspect(task)).HostConfig.NetworkMode).toBe('host');
  });

  it('with none, a container has no network and no address of the metadata endpoint', async () => {
    const output = await agent.outputOf('ls /sys/class/net; env', {}, { networkMode: 'none' });
    expect(output).toMatch(/^lo\n/);
    expect(output).not.toMatch(/METADATA/);
  });
});

describe('namespaces', () => {
  it('of processes are shared by the containers of a task with pidMode task', async () => {
    const task = await agent.runUntilRunning({
      pidMode: 'task',
      containerDefinitions: [
        agent.container({ name: 'one', command: ['sleep', '61'] }),
        agent.container({
          name: 'two',
          command: ['sh', '-c', 'sleep 0.5; ps; sleep 60'],
          dependsOn: [{ containerName: 'one', condition: 'START' }],
        }),
      ],
    });
    await expect.poll(() => agent.output(task, 'two')).toMatch(/\/pause[\s\S]*sleep 61/);
    await agent.end(task);
    await expect
      .poll(() => agent.containers(task).then((all) => all.filter(({ State }) => State === 'running')))
      .toEqual([]);
  });

  it('of processes are the host’s, or private', async () => {
    expect(
      Number(await agent.outputOf('ls /proc 2>/dev/null | grep -c "^[0-9]"', {}, { pidMode: 'host' })),
    ).toBeGreaterThan(10);
    expect(Number(await agent.outputOf('ls /proc 2>/dev/null | grep -c "^[0-9]"'))).toBeLessThan(6);
  });

  it('of shared memory are shared, the host’s, or none', async () => {
    const task = await agent.runUntilRunning({
      ipcMode: 'task',
      containerDefinitions: [
        agent.container({ name: 'one', command: ['sh', '-c', 'echo passed >/dev/shm/note; sleep 60'] }),
        agent.container({
          name: 'two',
          command: ['sh', '-c', 'until cat /dev/shm/note; do sleep 0.1; done 2>/dev/null; sleep 60'],
        }),
      ],
    });
    await expect.poll(() => agent.output(task, 'two')).toBe('passed');
    const host = await agent.runUntilRunning({ ...agent.definition(), ipcMode: 'host' });
    expect((await agent.inspect(host)).HostConfig.IpcMode).toBe('host');
    expect(await agent.outputOf('df /dev/shm 2>&1 | grep -c /dev/shm$', {}, { ipcMode: 'none' })).toBe('0');
  });
});
