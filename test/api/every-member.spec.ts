import { ECS, ELBV2, type Service, STOWAGE } from '@stowage/aws-api';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryOf, wholeInput, wholeQueryInput, withValueAt } from '../support/api-model';
import { startTestGateway, type TestGateway } from '../support/gateway';

/**
 * Every member of every input is used, or rejected with an error that names it. A definition and its overrides have a
 * stronger test (apps/agent/src/core/containers/every-member.spec.ts). Here a member counts as used if the code of a core, a shell
 * or a library contains its name. A rejected member is sent, and the error must contain its name.
 */
type Path = readonly (string | number)[];

/** Accepted members that the code does not name, each with the reason. */
const NOT_NAMED: Readonly<Record<string, string>> = {
  'ClusterConfiguration.managedStorageConfiguration': 'It is kept and shown, as the settings of ExecuteCommand are.',
  'ManagedStorageConfiguration.kmsKeyId': 'It is kept and shown.',
  'ManagedStorageConfiguration.fargateEphemeralStorageKmsKeyId': 'It is kept and shown.',
  'ExecuteCommandConfiguration.kmsKeyId': 'It is kept and shown; tasks cannot enable ExecuteCommand.',
  'ExecuteCommandLogConfiguration.cloudWatchEncryptionEnabled': 'It is kept and shown, as the log group is.',
  'ExecuteCommandLogConfiguration.s3EncryptionEnabled': 'It is kept and shown, as the bucket is.',
  'ExecuteCommandLogConfiguration.s3KeyPrefix': 'It is kept and shown, as the bucket is.',
  'RegisterContainerInstanceRequest.instanceIdentityDocumentSignature':
    'EC2 signs the document; here the access key of the caller authenticates it.',
  'MutualAuthenticationAttributes.IgnoreClientCertificateExpiry':
    'Without a trust store the listener requests no certificate.',
  'MutualAuthenticationAttributes.TrustStoreAssociationStatus': 'It is a member of answers.',
  'MutualAuthenticationAttributes.AdvertiseTrustStoreCaNames': 'Without a trust store there are no names.',
  'ModifyRuleInput.ResetTransforms': 'A rule has no transforms.',
};

const OF_SERVICES: readonly Path[] = [
  ...[['serviceRegistries'], ['serviceConnectConfiguration'], ['capacityProviderStrategy'], ['volumeConfigurations']],
  ...[['vpcLatticeConfigurations'], ['gatewayConnectors'], ['monitoring'], ['enableExecuteCommand']],
  ['networkConfiguration'],
  ...['alarms', 'lifecycleHooks', 'bakeTimeInMinutes', 'linearConfiguration', 'canaryConfiguration'].map(
    (member) => ['deploymentConfiguration', member] as const,
  ),
  ['deploymentConfiguration', 'earlySuccessCriteria'],
  ['loadBalancers', 0, 'advancedConfiguration'],
];
const OF_TASKS: readonly Path[] = [
  ...[['networkConfiguration'], ['volumeConfigurations'], ['enableExecuteCommand'], ['referenceId']],
];
const OF_ACTIONS = ['AuthenticateOidcConfig', 'AuthenticateCognitoConfig', 'JwtValidationConfig'];

/** Members that are rejected together with all members below them, by operation. */
const REJECTED: Readonly<Record<string, readonly Path[]>> = {
  CreateCluster: [['capacityProviders'], ['defaultCapacityProviderStrategy']],
  PutClusterCapacityProviders: [['capacityProviders'], ['defaultCapacityProviderStrategy']],
  CreateService: OF_SERVICES,
  UpdateService: OF_SERVICES,
  RunTask: [...OF_TASKS, ['capacityProviderStrategy']],
  StartTask: OF_TASKS,
  CreateListener: OF_ACTIONS.map((config) => ['DefaultActions', 0, config]),
  ModifyListener: OF_ACTIONS.map((config) => ['DefaultActions', 0, config]),
  CreateRule: [['Transforms'], ...OF_ACTIONS.map((config) => ['Actions', 0, config] as const)],
  ModifyRule: [['Transforms'], ...OF_ACTIONS.map((config) => ['Actions', 0, config] as const)],
  DescribeTargetHealth: [['Include']],
};

/** Members that the other test covers, by operation. */
const TESTED_ELSEWHERE: Readonly<Record<string, readonly Path[]>> = {
  RegisterTaskDefinition: [[]],
  RunTask: [['overrides']],
  StartTask: [['overrides']],
};

type Shape =
  NonNullable<ReturnType<(typeof ECS)['operations']['get']>> extends infer Operation
    ? Operation extends { readonly input: infer Input }
      ? Input
      : never
    : never;

interface Member {
  readonly path: Path;
  /** `Structure.member`. */
  readonly name: string;
}

/** Returns the members of an input, without those below a member in `leftOut`. */
function membersOf(shape: Shape, leftOut: ReadonlySet<string>, path: Path = []): readonly Member[] {
  if (leftOut.has(path.join('.'))) return [];
  return [...shape.members].flatMap(([member, below]) => {
    const here = [...path, member];
    if (leftOut.has(here.join('.'))) return [];
    const inner = below.kind === 'list' ? below.member : below;
    const steps = below.kind === 'list' ? [...here, 0] : here;
    const own = { path: here, name: `${shape.name}.${member}` };
    return inner.kind === 'structure' ? [own, ...membersOf(inner, leftOut, steps)] : [own];
  });
}

const ROOT = join(__dirname, '../..');

/** Every identifier of the code that executes requests. */
function identifiers(): ReadonlySet<string> {
  const files = execFileSync('git', ['ls-files', 'apps/*/src/*.ts', 'libs/*/src/*.ts'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter(
      (file) =>
        file !== '' && !/\.spec\.ts$|\/generated\/|\/shapes\.ts$|\/testing\/|^apps\/(fleet|stowage)\//.test(file),
    );
  const code = files.map((file) => readFileSync(join(ROOT, file), 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, ''));
  return new Set(code.join('\n').match(/[A-Za-z_]\w*/g));
}

const OPERATIONS = [ECS, ELBV2, STOWAGE].flatMap(({ name: service, operations }: Service) =>
  [...operations.values()].flatMap((operation) =>
    operation.owner === undefined ? [] : [[service, operation.name, operation.input] as const],
  ),
);

describe('every member of an input', () => {
  const known = identifiers();

  it.each(OPERATIONS)('of %s %s is named by the code, or is on a list', (_service, operation, input) => {
    const leftOut = [...(REJECTED[operation] ?? []), ...(TESTED_ELSEWHERE[operation] ?? [])];
    const members = membersOf(input, new Set(leftOut.map((path) => path.join('.'))));
    const unnamed = members.filter(({ path, name }) => !known.has(String(path.at(-1))) && !(name in NOT_NAMED));
    expect(unnamed.map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('is on a list only while no code names it', () => {
    const names = new Set(OPERATIONS.flatMap(([, , input]) => membersOf(input, new Set()).map(({ name }) => name)));
    for (const name of Object.keys(NOT_NAMED)) {
      expect(names.has(name), name).toBe(true);
      expect(known.has(name.split('.')[1] ?? ''), name).toBe(false);
    }
  });
});

describe('a rejected member', () => {
  let gateway: TestGateway;
  let bases: Readonly<Record<string, object>>;

  const elb = async (operation: string, input: object): Promise<string> => {
    const body = queryOf({ ...input, Action: operation, Version: '2015-12-01' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, text } = await gateway.send({ service: 'elasticloadbalancing', headers, body });
    return `${String(status)} ${text}`;
  };
  const ecs = async (operation: string, input: object): Promise<string> => {
    const { status, text } = await gateway.call(operation, input);
    return `${String(status)} ${text}`;
  };
  const arnIn = (answer: string): string => {
    expect(answer).toMatch(/^200 /);
    return /<\w+Arn>([^<]+)/.exec(answer)?.[1] ?? '';
  };

  beforeAll(async () => {
    gateway = await startTestGateway();
    const containerDefinitions = [{ name: 'web', image: 'busybox', memory: 16 }];
    expect(await ecs('CreateCluster', {})).toMatch(/^200 /);
    expect(await ecs('RegisterTaskDefinition', { family: 'web', containerDefinitions })).toMatch(/^200 /);
    const service = { serviceName: 'web', taskDefinition: 'web', desiredCount: 0 };
    expect(await ecs('CreateService', service)).toMatch(/^200 /);
    const TargetGroupArn = arnIn(await elb('CreateTargetGroup', { Name: 'web', Protocol: 'HTTP', Port: 80 }));
    const LoadBalancerArn = arnIn(await elb('CreateLoadBalancer', { Name: 'web' }));
    const actions = [{ Type: 'forward', TargetGroupArn }];
    const listener = { LoadBalancerArn, Protocol: 'HTTP', DefaultActions: actions };
    const ListenerArn = arnIn(await elb('CreateListener', { ...listener, Port: 80 }));
    const Conditions = [{ Field: 'path-pattern', Values: ['/a'] }];
    const rule = { ListenerArn, Conditions, Actions: actions };
    const RuleArn = arnIn(await elb('CreateRule', { ...rule, Priority: 1 }));
    bases = {
      CreateCluster: { clusterName: 'other' },
      PutClusterCapacityProviders: { cluster: 'default', capacityProviders: [], defaultCapacityProviderStrategy: [] },
      CreateService: { ...service, serviceName: 'other' },
      UpdateService: { service: 'web' },
      RunTask: { taskDefinition: 'web' },
      StartTask: { taskDefinition: 'web', containerInstances: ['0'.repeat(32)] },
      CreateListener: { ...listener, Port: 81 },
      ModifyListener: { ListenerArn, DefaultActions: actions },
      CreateRule: { ...rule, Priority: 2 },
      ModifyRule: { RuleArn, Actions: actions },
      DescribeTargetHealth: { TargetGroupArn },
    };
  });
  afterAll(() => gateway.close());

  /** Only letters, so that "Network Configuration" is networkConfiguration. */
  const letters = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '');

  const cases = Object.entries(REJECTED).flatMap(([operation, paths]) =>
    paths.map((path) => [operation, path.join('.'), path] as const),
  );

  it.each(cases)('of %s is named by the error: %s', async (operation, _name, path) => {
    const isElb = ELBV2.operations.has(operation);
    const whole = isElb ? wholeQueryInput(operation) : wholeInput(operation);
    const sample = path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], whole);
    const input = withValueAt(bases[operation], path, sample) as object;
    const answer = await (isElb ? elb : ecs)(operation, input);
    expect(answer).toMatch(/^400 /);
    // ECS calls a cluster's default strategy a strategy.
    expect(letters(answer)).toContain(letters(String(path.at(-1)).replace(/^default/, '')));
  });
});
