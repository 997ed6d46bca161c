import {
  type Action,
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  SetRulePrioritiesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { serviceKey, type Target } from '@stowage/domain';
import { freePort } from '../support/free-port';
import type { TestDeployment } from '../support/deployment';
import { TestServices } from '../support/services';
import { HttpTarget } from '../support/targets';
import { waitFor } from './wait-for';

const CLUSTER = 'balanced';
const GROUP = 'group';
const NOT_FOUND: Action = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } };

/** A load balancer with HAProxy behind it: listeners, rules, a group whose targets come, become healthy, drain and go. */
export async function driveLoadBalancing(deployment: TestDeployment): Promise<void> {
  const { elbv2, runtime } = deployment;
  const group = await makeGroup(deployment);
  const LoadBalancerArn = await makeLoadBalancer(deployment);
  const forward: Action = { Type: 'forward', TargetGroupArn: group };
  const { Listeners } = await elbv2.send(
    new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: await freePort(), DefaultActions: [forward] }),
  );
  const ListenerArn = Listeners?.[0]?.ListenerArn;
  await driveRules(deployment, ListenerArn);
  await driveTargets(deployment, group);

  await elbv2.send(new ModifyListenerCommand({ ListenerArn, DefaultActions: [NOT_FOUND] }));
  await elbv2.send(new DeleteListenerCommand({ ListenerArn }));
  await elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  await elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn: group }));
  await waitFor('the group is deleted', () => !runtime.fold.state.targetGroups.has(GROUP));
}

async function makeLoadBalancer({ elbv2, runtime }: TestDeployment): Promise<string> {
  const { LoadBalancers } = await elbv2.send(new CreateLoadBalancerCommand({ Name: 'front', Subnets: ['subnet-1'] }));
  const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const Attributes = [{ Key: 'idle_timeout.timeout_seconds', Value: '30' }];
  await elbv2.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: arn, Attributes }));
  await elbv2.send(new AddTagsCommand({ ResourceArns: [arn], Tags: [{ Key: 'team', Value: 'web' }] }));
  await waitFor('the load balancer is active', () => {
    return runtime.fold.state.loadBalancers.get('front')?.state.code === 'active';
  });
  return arn;
}

async function makeGroup({ elbv2 }: TestDeployment): Promise<string> {
  const input = { Name: GROUP, Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', HealthCheckPath: '/health' } as const;
  const { TargetGroups } = await elbv2.send(new CreateTargetGroupCommand(input));
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const check = { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2, HealthyThresholdCount: 2 };
  await elbv2.send(new ModifyTargetGroupCommand({ TargetGroupArn, ...check }));
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '1' }];
  await elbv2.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  await elbv2.send(new AddTagsCommand({ ResourceArns: [TargetGroupArn], Tags: [{ Key: 'team', Value: 'web' }] }));
  return TargetGroupArn;
}

async function driveRules({ elbv2 }: TestDeployment, ListenerArn: string | undefined): Promise<void> {
  const rule = async (Priority: number, path: string): Promise<string> => {
    const Conditions = [{ Field: 'path-pattern', Values: [path] }];
    const input = { ListenerArn, Priority, Conditions, Actions: [NOT_FOUND] };
    return (await elbv2.send(new CreateRuleCommand(input))).Rules?.[0]?.RuleArn ?? '';
  };
  const [one, two] = [await rule(1, '/one'), await rule(2, '/two')];
  const Redirect: Action = { Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301', Path: '/elsewhere' } };
  await elbv2.send(new ModifyRuleCommand({ RuleArn: one, Actions: [Redirect] }));
  await elbv2.send(new SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn: two, Priority: 7 }] }));
  await elbv2.send(new DeleteRuleCommand({ RuleArn: two }));
}

/** A service whose task is a target, with a server on its port, and a target that a user registers. */
async function driveTargets(deployment: TestDeployment, targetGroupArn: string): Promise<void> {
  const { ecs, elbv2, runtime } = deployment;
  const services = new TestServices(ecs, CLUSTER);
  const portsFrom = await freePort();
  const server = await HttpTarget.start('web', portsFrom);
  const { instances } = await deployment.fleet(CLUSTER, { instances: 1, portsFrom });
  await services.define('web', { portMappings: [{ containerPort: 80 }] });
  const loadBalancers = [{ targetGroupArn, containerName: 'main', containerPort: 80 }];
  await services.create('web', { desiredCount: 1, loadBalancers });
  const ofService = (): Target | undefined => runtime.fold.state.targetGroups.get(GROUP)?.targets.find(isOfTask);
  await waitFor('the target is healthy', () => ofService()?.health.state === 'healthy');

  const Id = instances.map((id) => runtime.fold.state.instances.get(id)?.ec2InstanceId)[0];
  const registered = { TargetGroupArn: targetGroupArn, Targets: [{ Id, Port: await freePort() }] };
  await elbv2.send(new RegisterTargetsCommand(registered));
  await elbv2.send(new DeregisterTargetsCommand(registered));

  await services.update('web', { desiredCount: 0 });
  await waitFor('the task has stopped', () => runtime.fold.state.tasksOf(serviceKey(CLUSTER, 'web')).size === 0);
  await services.remove('web');
  await server.kill();
}

const isOfTask = ({ task }: Target): boolean => task !== undefined;
