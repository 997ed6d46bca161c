import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName } from '../ids';
import { invalidParameter, Refusal } from '../refusal';
import type { Random } from '../seeded-random';
import { failDeployment, rollbackTarget } from './fail-deployment';
import { primaryOf, type Service, serviceKey } from './records/service';
import type { DeploymentFailed, DeploymentStarted } from './records/service-events';

export interface StopServiceDeployment {
  readonly cluster: ClusterName;
  readonly service: string;
  /** Last part of the service deployment's ARN. */
  readonly serviceDeployment: string;
  readonly stopType?: string;
  readonly random: Random;
}

/** Ends the service deployment in progress and returns to the previous revision (ecs-api 5.8.1). @throws Refusal */
export function decideStopServiceDeployment(
  state: ReadonlyClusterState,
  command: StopServiceDeployment,
): readonly (DeploymentFailed | DeploymentStarted)[] {
  const { serviceDeployment: id, stopType = 'ROLLBACK', random } = command;
  if (stopType !== 'ROLLBACK') throw invalidParameter('stopType should be ROLLBACK');
  const service = state.services.get(serviceKey(command.cluster, command.service));
  const deployment = state.serviceDeployments.get(id);
  const primary = service && primaryOf(service);
  if (!service || !primary || deployment?.service !== service.name || deployment.cluster !== service.cluster) {
    throw hadEnded(service, id) ?? notFound();
  }
  if (deployment.status !== 'IN_PROGRESS') throw conflict('The service deployment is being rolled back already.', id);
  if (primary.serviceDeployment !== id) throw notFound();
  if (!rollbackTarget(service, primary)) {
    throw conflict('There is no completed service revision to roll back to.', id);
  }
  return failDeployment(service, { failed: primary, reason: 'stop-requested', random });
}

/** An ended deployment is removed and remains only as the id in the revision that it created. */
function hadEnded(service: Service | undefined, id: string): Refusal | undefined {
  const known = service?.deployments.some(({ serviceDeployment }) => serviceDeployment === id);
  return known ? conflict('The service deployment has ended.', id) : undefined;
}

const notFound = (): Refusal =>
  new Refusal('ServiceDeploymentNotFoundException', 'The service deployment was not found.');

const conflict = (message: string, id: string): Refusal => new Refusal('ConflictException', message, [id]);
