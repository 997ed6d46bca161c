import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasAwsCli } from '../support/aws-cli';
import { ACCESS_KEY, startTestGateway, type TestGateway } from '../support/gateway';

const run = promisify(execFile);

describe.skipIf(!hasAwsCli())('aws elbv2', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  /** Resolves with the output of the CLI, which contains the members that it parsed. */
  async function aws(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { stdout } = await run('aws', ['--endpoint-url', gateway.url, '--output', 'json', 'elbv2', ...args], {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    return stdout === '' ? {} : (JSON.parse(stdout) as Readonly<Record<string, unknown>>);
  }

  const text = (output: Readonly<Record<string, unknown>>, list: string, member: string): string => {
    const [first] = output[list] as readonly Readonly<Record<string, string>>[];
    return first?.[member] ?? '';
  };

  it('creates a load balancer that forwards to a group, describes it and deletes it', async () => {
    const [balancer, created] = await Promise.all([
      aws('create-load-balancer', '--name', 'front', '--subnets', 'subnet-1', 'subnet-2'),
      aws('create-target-group', '--name', 'web', '--protocol', 'HTTP', '--port', '80'),
    ]);
    const arn = text(balancer, 'LoadBalancers', 'LoadBalancerArn');
    const group = text(created, 'TargetGroups', 'TargetGroupArn');
    const forward = `Type=forward,TargetGroupArn=${group}`;
    const listen = ['--protocol', 'HTTP', '--port', '80', '--default-actions', forward];
    const { Listeners: listeners } = await aws('create-listener', '--load-balancer-arn', arn, ...listen);
    expect(listeners).toMatchObject([{ Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: group }] }]);
    await gateway.commit({
      type: 'LoadBalancerStateChanged',
      version: 1,
      loadBalancer: 'front',
      state: { code: 'active' },
    });
    const [shown] = await Promise.all([
      aws('describe-target-groups', '--load-balancer-arn', arn),
      aws('wait', 'load-balancer-available', '--names', 'front'),
    ]);
    expect(shown['TargetGroups']).toMatchObject([{ TargetGroupName: 'web', LoadBalancerArns: [arn] }]);
    await aws('delete-load-balancer', '--load-balancer-arn', arn);
    await expect(aws('describe-load-balancers', '--names', 'front')).rejects.toThrow(
      "An error occurred (LoadBalancerNotFound) when calling the DescribeLoadBalancers operation: Load balancers '[front]' not found",
    );
  }, 120_000);
});
