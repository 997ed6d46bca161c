import type * as Ecs from '../ecs/shapes';
import { checkPlacementConstraints, checkPlacementStrategies } from '../placement/check-placement';
import { invalidParameter, notYetSupported } from '../refusal';
import type { RollingConfiguration, Service } from './records/service';

const CLIENT_TOKEN_PATTERN = /^[\x21-\x7e]{1,36}$/;
/** Largest number of tasks of one service, which is ECS's default quota. */
export const SERVICE_TASKS_MAX = 5_000;

type ServiceInput = Ecs.CreateServiceRequest | Ecs.UpdateServiceRequest;
type Scheduling = Service['schedulingStrategy'];

/** @throws Refusal that names the first setting that is not supported yet. */
export function checkSupported(input: ServiceInput): void {
  const controller = input.deploymentController?.type ?? 'ECS';
  if (controller !== 'ECS') throw notYetSupported('deploymentController', `there is no controller ${controller}`);
  if (has(input.serviceRegistries)) throw notYetSupported('serviceRegistries', 'there is no service discovery');
  if (input.serviceConnectConfiguration?.enabled === true) {
    throw notYetSupported('serviceConnectConfiguration', 'there is no Service Connect');
  }
  if (has(input.capacityProviderStrategy)) {
    throw notYetSupported('capacityProviderStrategy', 'there are no capacity providers');
  }
  if (has(input.volumeConfigurations)) throw notYetSupported('volumeConfigurations', 'there are no EBS volumes');
  if (has(input.vpcLatticeConfigurations)) {
    throw notYetSupported('vpcLatticeConfigurations', 'there is no VPC Lattice');
  }
  if (has(input.gatewayConnectors)) throw notYetSupported('gatewayConnectors', 'there are no gateway connectors');
  if (input.monitoring !== undefined) throw notYetSupported('monitoring', 'there is no CloudWatch');
  if (input.enableExecuteCommand === true) throw notYetSupported('enableExecuteCommand', 'there is no ExecuteCommand');
  checkStrategy(input.deploymentConfiguration ?? {});
}

const has = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

function checkStrategy(configuration: Ecs.DeploymentConfiguration): void {
  const { strategy = 'ROLLING', alarms, lifecycleHooks, bakeTimeInMinutes = 0, earlySuccessCriteria } = configuration;
  if (strategy !== 'ROLLING') throw notYetSupported('strategy', `there are no ${strategy} deployments`);
  if (alarms?.enable === true) throw notYetSupported('alarms', 'there are no CloudWatch alarms');
  if (has(lifecycleHooks)) throw notYetSupported('lifecycleHooks', 'deployments have one stage');
  if (bakeTimeInMinutes > 0) throw notYetSupported('bakeTimeInMinutes', 'a deployment ends when its tasks are healthy');
  if (earlySuccessCriteria?.enable === true) {
    throw notYetSupported('earlySuccessCriteria', 'a deployment ends when all of its tasks are healthy');
  }
  if (configuration.linearConfiguration ?? configuration.canaryConfiguration) {
    throw invalidParameter('linearConfiguration and canaryConfiguration are not valid for the ROLLING strategy.');
  }
}

const DEFAULTS: Readonly<Record<Scheduling, RollingConfiguration>> = {
  REPLICA: {
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    deploymentCircuitBreaker: { enable: false, rollback: false },
  },
  DAEMON: {
    maximumPercent: 100,
    minimumHealthyPercent: 0,
    deploymentCircuitBreaker: { enable: false, rollback: false },
  },
};

/**
 * Returns the current configuration, or ECS's defaults, with the given members replaced. @throws Refusal if percentages
 * are not valid or would block deployments.
 */
export function rollingConfiguration(
  given: Ecs.DeploymentConfiguration,
  scheduling: Scheduling,
  current: RollingConfiguration = DEFAULTS[scheduling],
): RollingConfiguration {
  const {
    maximumPercent = current.maximumPercent,
    minimumHealthyPercent = current.minimumHealthyPercent,
    deploymentCircuitBreaker = current.deploymentCircuitBreaker,
  } = given;
  if (scheduling === 'DAEMON' && maximumPercent > 100) {
    throw invalidParameter(
      'The daemon scheduling strategy does not support values above 100 for maximumPercent. Change the value and try again',
    );
  }
  if (!isPercent(maximumPercent, Number.MAX_SAFE_INTEGER) || maximumPercent < 100) {
    throw invalidParameter('maximumPercent must be at least 100');
  }
  if (!isPercent(minimumHealthyPercent, 100)) throw invalidParameter('minimumHealthyPercent must be at most 100');
  if (maximumPercent === 100 && minimumHealthyPercent === 100) {
    throw invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments',
    );
  }
  return { maximumPercent, minimumHealthyPercent, deploymentCircuitBreaker: circuitBreaker(deploymentCircuitBreaker) };
}

const isPercent = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;

function circuitBreaker(given: Partial<Ecs.DeploymentCircuitBreaker>): Ecs.DeploymentCircuitBreaker {
  const { enable = false, rollback = false, resetOnHealthyTask, thresholdConfiguration } = given;
  const { type, value } = thresholdConfiguration ?? {};
  if (value !== undefined && (!Number.isInteger(value) || value < 1 || (type !== 'COUNT' && value > 100))) {
    throw invalidParameter('The value of a thresholdConfiguration must be a percentage from 1 to 100, or a count.');
  }
  return {
    enable,
    rollback,
    ...(resetOnHealthyTask !== undefined && { resetOnHealthyTask }),
    ...(thresholdConfiguration && { thresholdConfiguration }),
  };
}

/** @throws Refusal if placement strategies or constraints are not valid, or a DAEMON service has strategies. */
export function checkPlacement(input: ServiceInput, scheduling: Scheduling): void {
  const { placementStrategy = [], placementConstraints = [] } = input;
  if (scheduling === 'DAEMON' && placementStrategy.length > 0) {
    throw invalidParameter(
      'The daemon scheduling strategy does not support placement strategies. Remove the placement strategies and try again',
    );
  }
  checkPlacementStrategies(placementStrategy);
  checkPlacementConstraints(placementConstraints);
}

/** @throws Refusal if the count is out of bounds, or the service is a DAEMON. */
export function checkDesiredCount(count: number, scheduling: Scheduling): void {
  if (scheduling === 'DAEMON') {
    throw invalidParameter(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
    );
  }
  if (!Number.isInteger(count) || count < 0 || count > SERVICE_TASKS_MAX) {
    throw invalidParameter(`desiredCount must be from 0 to ${SERVICE_TASKS_MAX}.`);
  }
}

/** @throws Refusal if the token is empty, too long or not printable ASCII. */
export function checkServiceClientToken(token: string | undefined): void {
  if (token !== undefined && !CLIENT_TOKEN_PATTERN.test(token)) {
    throw invalidParameter('clientToken must be 1 to 36 ASCII characters in the range of 33-126.');
  }
}
