import { type Ecs, invalidParameter, Refusal } from '@stowage/domain';

/** Filters of ListTasks other than the cluster and the desired status. */
type Filters = Pick<
  Ecs.ListTasksRequest,
  'containerInstance' | 'daemonName' | 'family' | 'launchType' | 'serviceName' | 'startedBy'
>;

/** @throws Refusal if filters exclude each other or are not supported (ecs-api 5.5.6). */
export function checkTaskFilters(filters: Filters): void {
  const { containerInstance, daemonName, family, launchType, serviceName, startedBy } = filters;
  const others = [containerInstance, daemonName, family, launchType, serviceName];
  if (startedBy !== undefined && others.some((filter) => filter !== undefined)) {
    throw invalidParameter('startedBy must be the only filter when it is specified.');
  }
  if (daemonName !== undefined) {
    throw new Refusal(
      'UnsupportedFeatureException',
      'daemonName: daemons are not available in this version of Stowage.',
    );
  }
}
