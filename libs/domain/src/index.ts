/**
 * The rules of Stowage: its vocabulary (ECS's terms), the events of its journal and their effect on the state, and the
 * conditions under which commands are accepted. All code is pure: no promise, clock, randomness, I/O or decorator, and
 * no import from outside this folder except re2js, which is also pure. Time, ids and seeds are passed as values.
 *
 * state/ contains the registries of events and records, the fold and its stores. wire/ contains the messages between
 * agent and cluster manager. Each aggregate has a folder of commands, with its records, events and evolve functions in
 * records/. This file exports by name everything that other libraries and apps may use.
 *
 * It does not store events (libs/journal), query them (libs/read-model) or convert them to API responses
 * (libs/aws-api).
 */
export { acceptJoinToken, createJoinToken } from './account/join-token';
export { evolveAccountSettings, NO_ACCOUNT_SETTINGS } from './account/records/account';
export type { AccountSettingEvent, AccountSettings, Principal } from './account/records/account';
export { capacityProviderArn, clusterArn, containerArn, containerInstanceArn, roleArn, serviceArn } from './arns';
export { serviceDeploymentArn, serviceRevisionArn, taskArn, taskDefinitionArn } from './arns';
export type { Scope } from './arns';
export { BUILT_IN_CAPACITY_PROVIDERS, decidePutClusterCapacityProviders } from './cluster/capacity-providers';
export type { BuiltInCapacityProvider } from './cluster/capacity-providers';
export { createdClusterName, decideCreateCluster } from './cluster/create-cluster';
export { decideDeleteCluster } from './cluster/delete-cluster';
export { activeCluster } from './cluster/find-cluster';
export type { Cluster } from './cluster/records/cluster';
export { decideUpdateCluster, type UpdateCluster } from './cluster/update-cluster';
export { checkAttribute, checkAttributeCount, decideDeleteAttributes } from './container-instance/attributes';
export { decidePutAttributes, isReservedAttribute, keptAttributes } from './container-instance/attributes';
export type { TargetedAttribute } from './container-instance/attributes';
export { decideDeregisterInstance } from './container-instance/deregister-instance';
export { registeredInstance } from './container-instance/find-instance';
export { decideInstancesState, decideUpdateAgent } from './container-instance/instance-state';
export { decideLoss, decideRecovery } from './container-instance/lose-instance';
export { attributesByName } from './container-instance/records/attributes-by-name';
export type { ContainerInstance, InstanceAttribute } from './container-instance/records/container-instance';
export type { InstanceAttributesSet, InstanceConnectionChanged } from './container-instance/records/container-instance';
export type { InstanceRegistered, InstanceReregistered } from './container-instance/records/container-instance';
export type { PlacementAsked, PlacementBasis, TasksPlaced } from './container-instance/records/container-instance';
export { decideRegisterInstance, instanceOfToken, type RegisterInstance } from './container-instance/register-instance';
export { hasAttributes, launchTypeOf, missingAttributes } from './container-instance/runs-on';
export type * as Ecs from './ecs/shapes';
export type * as Elbv2 from './elbv2/shapes';
export { clusterName, instanceId, journalId, NAME_PATTERN, taskId, transactionId } from './ids';
export type { ClusterName, EpochMs, InstanceId, JournalId, TaskId, TransactionId } from './ids';
export { invariant } from './invariant';
export { listenerAttributes, loadBalancerAttributes, targetGroupAttributes } from './load-balancing/attributes';
export { decideAddCertificates, decideDeleteListener, decideModifyListener } from './load-balancing/change-listener';
export { decideModifyListenerAttributes, decideRemoveCertificates } from './load-balancing/change-listener';
export { decideDeleteLoadBalancer, decideModifyLoadBalancerAttributes } from './load-balancing/change-load-balancer';
export { decideSetIpAddressType, decideSetSecurityGroups } from './load-balancing/change-load-balancer';
export { decideSetSubnets } from './load-balancing/change-load-balancer';
export { decideDeleteTargetGroup, decideModifyTargetGroup } from './load-balancing/change-target-group';
export { decideModifyTargetGroupAttributes } from './load-balancing/change-target-group';
export { decideCreateListener } from './load-balancing/create-listener';
export { decideCreateLoadBalancer } from './load-balancing/create-load-balancer';
export { decideCreateTargetGroup } from './load-balancing/create-target-group';
export { listenerArn, loadBalancerArn, parseElbArn, parseListenerArn } from './load-balancing/elb-arns';
export { parseLoadBalancerArn, parseRuleArn, parseTargetGroupArn, ruleArn } from './load-balancing/elb-arns';
export { targetGroupArn } from './load-balancing/elb-arns';
export type { ElbResource, ListenerRef, LoadBalancerRef, RuleRef } from './load-balancing/elb-arns';
export { ifMeant, knownListener, knownRule, knownTargetGroup, loadBalancerNotFound } from './load-balancing/find';
export { loadBalancersUsing, targetGroupNotFound } from './load-balancing/find';
export type { FoundListener, FoundRule } from './load-balancing/find';
export { ELB_LIMITS } from './load-balancing/limits';
export type { Certificates } from './load-balancing/listener-settings';
export type { Action, Condition, FixedResponseAction, ForwardAction } from './load-balancing/records/listener';
export type { Listener, ListenerSettings, QueryStringValue, RedirectAction } from './load-balancing/records/listener';
export type { Rule } from './load-balancing/records/listener';
export { targetGroupsOfLoadBalancer } from './load-balancing/records/load-balancer';
export type { LoadBalancer, LoadBalancerState } from './load-balancing/records/load-balancer';
export { targetKey } from './load-balancing/records/target-group';
export type { HealthCheck, Target, TargetGroup, TargetGroupCreated } from './load-balancing/records/target-group';
export type { TargetHealth, TargetHealthChanged, TargetKey } from './load-balancing/records/target-group';
export type { TargetRegistration, TargetsDrained, TargetsRegistered } from './load-balancing/records/target-group';
export type { TaskOfTarget } from './load-balancing/records/target-group';
export { decideCreateRule, decideDeleteRule, decideModifyRule, decideSetRulePriorities } from './load-balancing/rules';
export { SSL_POLICIES, SSL_POLICY_DEFAULT } from './load-balancing/ssl-policies';
export { decideAddTags, decideRemoveTags, elbTagsOf } from './load-balancing/tag-elb-resources';
export { ADDRESS_ATTRIBUTE, addressOfInstance, checkTargetId, decideDeregisterTargets } from './load-balancing/targets';
export { decideRegisterTargets, deregisterTargets, deregistrationDelayMs } from './load-balancing/targets';
export { checkPlacementConstraints, checkPlacementStrategies } from './placement/check-placement';
export { type CuringEvent, curingEvent, NEW_INSTANCES } from './placement/cures';
export { type ClusterQuery, clusterQuery } from './query-language/cluster-query';
export { clientError, invalidParameter, notYetSupported, Refusal, type RefusalCode } from './refusal';
export { lacking, minus, NO_RESOURCES, plus, takenFrom } from './resources';
export type { LackingResource, NeededResources, RegisteredResources, Resources } from './resources';
export { type Random, seededRandom } from './seeded-random';
export { checkDesiredCount } from './service/check-settings';
export { decideCreateService } from './service/create-service';
export { daemonInstances } from './service/daemon-instances';
export { decideDeleteService } from './service/delete-service';
export { failDeployment } from './service/fail-deployment';
export type { ServiceReference } from './service/find-service';
export { graceUntil, loadBalancersOf, loadBalancerVerdict, targetGroupOf } from './service/load-balanced-task';
export { PLACE_SERVICE_TASKS, SERVICE_REFUSALS_MAX, startStep } from './service/place-service-tasks';
export type { PlaceServiceTasks, PlaceServiceTasksAnswer, PlaceWhere } from './service/place-service-tasks';
export { messagesOf } from './service/random-ids';
export { hasBeenHealthy, withFailure } from './service/records/launches';
export { conditionOf, failureThreshold, hasHealthCheck, HEALTHY_AFTER_MS, healthyFrom } from './service/records/limits';
export { isProtected, isThrottled, limitsOf, nextStartAt, START_THROTTLING } from './service/records/limits';
export type { DeploymentLimits, LoadBalancerVerdict, StartThrottling, TaskCondition } from './service/records/limits';
export { begunDraining, byCloseness, deploymentCompleted, deregisteredTargets } from './service/records/messages';
export { failedHealthChecks, protectedFromScaleIn, registeredTargets, steadyState } from './service/records/messages';
export { stoppedTasks, stuckDeployment, unableToPlace, unableToStart } from './service/records/messages';
export { unhealthyTarget } from './service/records/messages';
export type { MessageKind, PlacementRefusal, ServiceMessage, ServiceMessageDraft } from './service/records/messages';
export { primaryOf, serviceKey, taskCountsOf } from './service/records/service';
export type { Deployment, RollingConfiguration, Service, ServiceKey } from './service/records/service';
export type { ServiceLoadBalancer, ServiceRevision } from './service/records/service';
export type { RevisionCounts, ServiceDeployment } from './service/records/service-deployment';
export { breakerReason } from './service/records/service-events';
export type { ServiceCreated, ServiceEvent, ServiceStepTaken, StopReason } from './service/records/service-events';
export { byAge, scaleInOrder } from './service/scale-in-order';
export { decideStopServiceDeployment } from './service/stop-service-deployment';
export { decideTaskProtection, NOT_OF_A_SERVICE, type ProtectionFailure } from './service/task-protection';
export { decideUpdateService } from './service/update-service';
export { applyEvent, touchedBy } from './state/apply-event';
export { touchedWith } from './state/apply-task-event';
export { ClusterState, type ReadonlyClusterState } from './state/cluster-state';
export { aggregateOf, CURRENT_VERSIONS, EVENT_TYPES, EVENTS, isEventOf, namesOf } from './state/events';
export type { DomainEvent, EventMeta, JournalOpened } from './state/events';
export { perKind, RECORD_KINDS, RECORDS } from './state/records';
export type { Aggregate, KeyOf, RecordKind, RecordOf } from './state/records';
export { stateAfter } from './state/state-after';
export type { StateWatcher } from './state/state-indexes';
export type { StateStore, TouchedRecords } from './state/state-store';
export { decideTagResource, decideUntagResource } from './tagging/tag-resource';
export { checkTags, keptTags, mergeTags } from './tags';
export { PAUSE_CONTAINER } from './task-definition/container-limits';
export { isEcrImage } from './task-definition/ecr-image';
export { isImageReference } from './task-definition/image-reference';
export { AWSLOGS_SUBSTITUTE, logLocation, logStreamName } from './task-definition/records/log-location';
export { revisionKey } from './task-definition/records/task-definition';
export type { RegisteredDefinition, TaskDefinition } from './task-definition/records/task-definition';
export type { TaskDefinitionRef } from './task-definition/records/task-definition';
export { type DefinitionReference, runnableDefinition } from './task-definition/referenced-definition';
export { decideRegisterTaskDefinition } from './task-definition/register-task-definition';
export {
  LOCAL_SYSLOG_ATTRIBUTE,
  requiredAttributes,
  volumeDriverAttribute,
} from './task-definition/required-attributes';
export { decideDeleteTaskDefinitions, decideDeregisterTaskDefinition } from './task-definition/retire-task-definition';
export { decideFinishDeletion, deletableRevisions } from './task-definition/retire-task-definition';
export { checkOverrides } from './task/overrides';
export { placedTask } from './task/records/task';
export type { ContainerReport, ContainerStatus, HealthStatus, PlacedTask, Task } from './task/records/task';
export type { TaskContainer, TaskDrained, TaskProgressed, TaskProtectionSet, TaskStopped } from './task/records/task';
export type { TaskStopRequested } from './task/records/task';
export { type DesiredStatus, isForward, type StopCode, type TaskStatus } from './task/records/task-status';
export { startFailure } from './task/start-failure';
export { decideStopTask, isTaskNotFound } from './task/stop-task';
export { type SizedTask, sizeTask } from './task/task-sizing';
export { highestPosition, judgePosition, type PositionVerdict } from './wire/agent-position';
export { AGENT_MESSAGES } from './wire/agent-messages';
export { list as listReader, malformed, members as readMembers, optional as optionalMember } from './wire/reading';
export { type Reader, text as textReader } from './wire/reading';
export {
  heartbeatIntervalMs,
  INSTANCE_GPUS_MAX,
  LOGS_BYTES_MAX,
  LOGS_LINES_MAX,
  LOGS_WAIT_MAX_MS,
} from './wire/agent-protocol';
export type { AgentIdentity, HeartbeatAnswer, HeartbeatRequest, Hint, JournalPosition } from './wire/agent-protocol';
export type {
  LeaseTerm,
  LogLine,
  LogsAnswer,
  LogsRequest,
  RecoveredAnswer,
  RecoveredRequest,
} from './wire/agent-protocol';
export type { RegisterAnswer, RegisterRequest, ReportAnswer, TaskDefinitionAnswer } from './wire/agent-protocol';
export type { TaskDefinitionRequest, TaskProtectionAnswer, TaskProtectionRequest } from './wire/agent-protocol';
export type { TaskReport, WorkAnswer, WorkItem, WorkRequest } from './wire/agent-protocol';
