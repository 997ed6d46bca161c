import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Action,
  DomainEvent,
  ListenerSettings,
  Target,
  TargetGroup,
  TargetKey,
  TargetRegistration,
} from '@stowage/domain';
import { transactionId } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { DataPlane } from '../../apps/load-balancer-registrar/src/shell/data-plane';
import { DataPlaneConfig } from '../../apps/load-balancer-registrar/src/shell/data-plane/config';
import { haproxyPlaces, HaproxyProcess } from '../../apps/load-balancer-registrar/src/shell/data-plane/haproxy-process';
import { MasterSocket } from '../../apps/load-balancer-registrar/src/shell/data-plane/master-socket';
import {
  forwardTo,
  listenerCreated,
  loadBalancerCreated,
  targetGroupCreated,
  targetsRegistered,
} from '../../libs/domain/src/testing/load-balancing-events';
import { freePort } from './free-port';
import { type TestRuntime, testRuntime } from './runtime';
import { until } from './waits';

export const HAPROXY = existsSync('/usr/sbin/haproxy') ? '/usr/sbin/haproxy' : 'haproxy';
const WITHIN_MS = 15_000;

/** A real HAProxy with the real data plane and a real journal. The targets are servers of the test. */
export class DataPlaneHarness {
  private plane: DataPlane | undefined;

  private constructor(
    readonly runtime: TestRuntime,
    readonly config: DataPlaneConfig,
  ) {}

  static async start(settings: Partial<DataPlaneConfig> = {}): Promise<DataPlaneHarness> {
    // The folder of a clone may have any name.
    const directory = mkdtempSync(join(tmpdir(), "stowage haproxy's, #1 (50%) -"));
    const config = Object.assign(new DataPlaneConfig(), {
      haproxyProgram: HAPROXY,
      haproxyDir: join(directory, 'haproxy'),
      certificatesDir: join(directory, 'certificates'),
      dataPlanePollMs: 50,
      dataPlaneRetryMs: 200,
      ...settings,
    });
    const harness = new DataPlaneHarness(await testRuntime(), config);
    harness.startRegistrar();
    return harness;
  }

  get directory(): string {
    return join(this.config.haproxyDir, '..');
  }

  get places(): ReturnType<typeof haproxyPlaces> {
    return haproxyPlaces(this.config.haproxyDir);
  }

  get haproxy(): HaproxyProcess {
    return new HaproxyProcess(HAPROXY, this.places);
  }

  get master(): MasterSocket {
    return new MasterSocket(this.places.socket, 2_000);
  }

  /** Number of passes that the running registrar has completed. */
  get passes(): number {
    return this.plane?.passes ?? 0;
  }

  startRegistrar(runtime: Runtime = this.runtime): void {
    const plane = new DataPlane(runtime, this.config);
    plane.onApplicationBootstrap();
    this.plane = plane;
  }

  async stopRegistrar(): Promise<void> {
    await this.plane?.onModuleDestroy();
    this.plane = undefined;
  }

  async stop(): Promise<void> {
    await this.stopRegistrar();
    const { pid } = this.haproxy;
    if (pid !== undefined) process.kill(pid, 'SIGTERM');
    await until('HAProxy has ended', () => this.haproxy.pid === undefined);
    await this.runtime.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async commit(...events: readonly DomainEvent[]): Promise<void> {
    const origin = { expectations: [], at: Date.now(), actor: 'service:test', cause: 'harness' };
    const { sequence } = await this.runtime.journal.commit({ id: transactionId(uuidv7()), events, ...origin });
    await this.runtime.fold.reached(sequence, WITHIN_MS);
  }

  /** Creates a load balancer with one listener. Resolves with the listener's port. */
  async listen(
    name: string,
    {
      settings = {},
      type = 'application',
    }: { readonly settings?: Partial<ListenerSettings>; readonly type?: 'application' | 'network' } = {},
  ): Promise<number> {
    const port = await freePort();
    const listener = listenerCreated(name, `${name}-listener`, port);
    await this.commit(
      { ...loadBalancerCreated(name), address: '127.0.0.1', loadBalancerType: type },
      { ...listener, settings: { ...listener.settings, ...settings } },
    );
    return port;
  }

  /** Creates a group with a short interval between health checks of `/health`. */
  async group(
    name: string,
    changes: Partial<ReturnType<typeof targetGroupCreated>> = {},
    attributes = {},
  ): Promise<void> {
    const created = targetGroupCreated(name);
    const healthCheck = {
      ...created.healthCheck,
      path: '/health',
      intervalSeconds: 0.2,
      timeoutSeconds: 2,
      healthyThreshold: 2,
      ...changes.healthCheck,
    };
    await this.commit(
      { ...created, ...changes, healthCheck },
      { type: 'TargetGroupUpdated', version: 1, targetGroup: name, attributes },
    );
  }

  async register(
    group: string,
    targets: readonly { readonly port: number; readonly task?: TargetRegistration['task'] }[],
  ): Promise<void> {
    await this.commit(
      targetsRegistered(
        group,
        targets.map(({ port, task }) => ({ id: 'i-1', port, ...(task && { task }) })),
      ),
    );
  }

  async deregister(group: string, targets: readonly { readonly port: number }[], delayMs = 60_000): Promise<void> {
    const keys = targets.map(({ port }): TargetKey => ({ id: 'i-1', port }));
    await this.commit({
      type: 'TargetsDeregistered',
      version: 1,
      targetGroup: group,
      targets: keys,
      drainUntil: Date.now() + delayMs,
    });
  }

  groupNow(name: string): TargetGroup | undefined {
    return this.runtime.fold.state.targetGroups.get(name);
  }

  target(group: string, { port }: { readonly port: number }): Target | undefined {
    return this.groupNow(group)?.targets.find((target) => target.port === port);
  }

  async healthy(group: string, targets: readonly { readonly port: number }[]): Promise<void> {
    await until(`all of ${group} are healthy`, () =>
      targets.every((target) => this.target(group, target)?.health.state === 'healthy'),
    );
  }

  async drained(group: string, targets: readonly { readonly port: number }[]): Promise<void> {
    await until(`these of ${group} are drained`, () => targets.every((target) => !this.target(group, target)));
  }

  /** Creates a group with these targets behind one listener. Resolves with the port when all targets are healthy. */
  async serve(name: string, targets: readonly { readonly port: number }[], attributes = {}): Promise<number> {
    await this.group(name, {}, attributes);
    const port = await this.listen(name, { settings: { defaultAction: forwardTo(name) } });
    await this.register(name, targets);
    await this.healthy(name, targets);
    return port;
  }

  async act(name: string, defaultAction: Action): Promise<void> {
    const listener = this.runtime.fold.state.loadBalancers.get(name)?.listeners[0];
    if (!listener) throw new Error(`${name} has no listener.`);
    const { protocol, port, certificates, attributes } = listener;
    const settings = { protocol, port, certificates, attributes, defaultAction };
    await this.commit({ type: 'ListenerUpdated', version: 1, loadBalancer: name, listener: listener.id, settings });
  }
}

/** Creates a self-signed certificate for `name`. Returns certificate and key in one text, as HAProxy reads it. */
export function selfSigned(name: string, folder: string): string {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-keyout', key, '-out', certificate, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ],
    { stdio: 'ignore' },
  );
  return execFileSync('cat', [certificate, key], { encoding: 'utf8' });
}
