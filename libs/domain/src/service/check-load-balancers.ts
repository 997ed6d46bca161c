import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import { loadBalancersUsing } from '../load-balancing/find';
import { invalidParameter, notYetSupported } from '../refusal';
import type { TaskDefinition } from '../task-definition/records/task-definition';
import { targetGroupOf } from './load-balanced-task';
import type { ServiceLoadBalancer } from './records/service';

/** Largest number of target groups of one service in ECS. */
const LOAD_BALANCERS_MAX = 5;
const GRACE_SECONDS_MAX = 2_147_483_647;

/**
 * Returns a request's load balancers in the form that a revision keeps. {@link checkLoadBalancers} checks whether they
 * fit the definition. @throws Refusal
 */
export function readLoadBalancers(given: readonly Ecs.LoadBalancer[]): readonly ServiceLoadBalancer[] {
  if (given.length > LOAD_BALANCERS_MAX) {
    throw invalidParameter(`load balancers can have at most ${String(LOAD_BALANCERS_MAX)} items`);
  }
  const read = given.map(readLoadBalancer);
  const keys = read.map(({ targetGroupArn, containerName, containerPort }) =>
    [targetGroupArn, containerName, containerPort].join(),
  );
  if (new Set(keys).size < keys.length) throw invalidParameter('load balancers must be unique');
  return read;
}

function readLoadBalancer(given: Ecs.LoadBalancer): ServiceLoadBalancer {
  const { targetGroupArn, loadBalancerName, containerName, containerPort, advancedConfiguration } = given;
  if (loadBalancerName !== undefined && targetGroupArn !== undefined) {
    throw invalidParameter('loadBalancerName and targetGroupArn cannot both be specified');
  }
  if (loadBalancerName !== undefined) throw notYetSupported('loadBalancerName', 'there are no Classic Load Balancers');
  if (advancedConfiguration !== undefined) {
    throw notYetSupported('advancedConfiguration', 'deployments with two target groups do not exist');
  }
  if (targetGroupArn === undefined || targetGroupArn === '') {
    throw invalidParameter('targetGroupArn can not be blank.');
  }
  if (containerName === undefined || containerName === '') throw invalidParameter('containerName can not be blank.');
  if (containerPort === undefined) throw invalidParameter('containerPort can not be blank.');
  return { targetGroupArn, containerName, containerPort };
}

/** Checks that tasks of the definition can be registered as the requested targets (ecs-api 5.7.3). @throws Refusal */
export function checkLoadBalancers(
  state: Pick<ReadonlyClusterState, 'targetGroups' | 'loadBalancers'>,
  { definition }: TaskDefinition,
  wanted: readonly ServiceLoadBalancer[],
): void {
  for (const each of wanted) {
    checkContainer(definition, each);
    const { targetGroupArn: arn } = each;
    const group = targetGroupOf(state, each);
    if (!group) throw invalidParameter(`The target group ${arn} does not exist.`);
    if (group.targetType === 'ip') {
      throw invalidParameter(
        `The provided target group ${arn} has target type ip, which is incompatible with the ${definition.networkMode ?? 'bridge'} network mode specified in the task definition.`,
      );
    }
    if (loadBalancersUsing(state, group.name).length === 0) {
      throw invalidParameter(`The target group with targetGroupArn ${arn} does not have an associated load balancer.`);
    }
  }
}

function checkContainer(
  { containerDefinitions }: TaskDefinition['definition'],
  { containerName, containerPort }: ServiceLoadBalancer,
): void {
  const container = containerDefinitions.find(({ name }) => name === containerName);
  if (!container) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
  const isMapped = (container.portMappings ?? []).some(
    ({ containerPort: port, protocol = 'tcp' }) => port === containerPort && protocol === 'tcp',
  );
  if (isMapped) return;
  throw invalidParameter(
    `The container ${containerName} did not have a container port ${String(containerPort)} defined.`,
  );
}

const ROLE = /^(?:arn:aws:iam::\d{12}:role\/)?[\w+=,.@/-]{1,512}$/;

/**
 * Checks the role with which ECS would register targets. Registering targets needs no role in Stowage, so the role is
 * only kept and displayed. @throws Refusal where ECS rejects the role
 */
export function checkRole(
  role: string | undefined,
  { definition }: TaskDefinition,
  loadBalancers: readonly ServiceLoadBalancer[],
): void {
  if (role === undefined) return;
  if (loadBalancers.length === 0) {
    throw invalidParameter('IAM roles are only valid for services configured to use load balancers');
  }
  if (loadBalancers.length > 1 || definition.networkMode === 'awsvpc') {
    throw invalidParameter('You cannot specify an IAM role for services that require a service linked role');
  }
  if (!ROLE.test(role)) throw invalidParameter('role must be the name or the ARN of an IAM role.');
}

/** @throws Refusal if the grace period is out of bounds, or the service has no load balancer. */
export function checkGracePeriod(seconds: number | undefined, loadBalancers: readonly ServiceLoadBalancer[]): void {
  if (seconds === undefined) return;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > GRACE_SECONDS_MAX) {
    throw invalidParameter(`healthCheckGracePeriodSeconds must be from 0 to ${String(GRACE_SECONDS_MAX)}.`);
  }
  if (seconds > 0 && loadBalancers.length === 0) {
    throw invalidParameter('Health check grace period is only valid for services configured to use load balancers');
  }
}
