// Limits and messages of ECS that the model does not contain (ecs-api 4.3, 4.4, 5). Keys: `Structure.member`.
//
//   itemsMax               entries of a list          itemsText   message for more entries
//   range: [min, max]    of a number                 length: [min, max]  characters of a string
//   pattern              of a string                 json: max   characters of a value written as JSON
//   blank                message for a required member that is absent or empty
//   mayBeBlank           a required member may be empty, which clears it
//   oneOf, oneOfText     accepted values, if they differ from the model's; `false`: the core checks them

const PAGE_OF_100 = { range: [1, 100] };
const PAGE_OF_10 = { range: [1, 10] };
const ONE_OF_LAUNCH_TYPES = {
  oneOf: ['EC2', 'FARGATE', 'EXTERNAL'],
  oneOfText: 'launch type should be one of [EC2,FARGATE,EXTERNAL]',
  oneOfCode: 'ClientException',
};
const OVERRIDES = { json: 8192 };
const TASK_DEFINITION = { blank: 'TaskDefinition can not be blank.' };

export const RULES = {
  'DescribeClustersRequest.clusters': { itemsMax: 100 },
  'DescribeContainerInstancesRequest.containerInstances': {
    itemsMax: 100,
    blank: 'Container instances cannot be empty.',
  },
  'DescribeTasksRequest.tasks': { itemsMax: 100, blank: 'Tasks cannot be empty.' },
  'DeleteTaskDefinitionsRequest.taskDefinitions': {
    itemsMax: 10,
    blank: 'size of TaskDefinition references list must be greater than 0',
    itemsText: 'Size of TaskDefinition references list cannot exceed 10',
  },
  'UpdateContainerInstancesStateRequest.containerInstances': {
    itemsMax: 10,
    blank: 'Container instances cannot be empty.',
  },
  'UpdateContainerInstancesStateRequest.status': {
    oneOf: ['ACTIVE', 'DRAINING'],
    oneOfText: 'Container instance status should be one of [ACTIVE, DRAINING]',
  },
  'PutAttributesRequest.attributes': { itemsMax: 10 },
  'DeleteAttributesRequest.attributes': { itemsMax: 10 },

  'ListClustersRequest.maxResults': PAGE_OF_100,
  'ListContainerInstancesRequest.maxResults': PAGE_OF_100,
  'ListTasksRequest.maxResults': PAGE_OF_100,
  'ListTaskDefinitionsRequest.maxResults': PAGE_OF_100,
  'ListTaskDefinitionFamiliesRequest.maxResults': PAGE_OF_100,
  'ListAttributesRequest.maxResults': PAGE_OF_100,
  'ListAccountSettingsRequest.maxResults': PAGE_OF_10,

  'ListServicesRequest.maxResults': PAGE_OF_100,
  'ListServiceDeploymentsRequest.maxResults': PAGE_OF_100,

  'DescribeServicesRequest.services': { itemsMax: 10, blank: 'Services cannot be empty.' },
  'DescribeServiceDeploymentsRequest.serviceDeploymentArns': {
    itemsMax: 20,
    blank: 'Service deployment ARNs cannot be empty.',
  },
  'DescribeServiceRevisionsRequest.serviceRevisionArns': {
    itemsMax: 20,
    blank: 'Service revision ARNs cannot be empty.',
  },
  'GetTaskProtectionRequest.tasks': { itemsMax: 100 },
  'UpdateTaskProtectionRequest.tasks': { itemsMax: 10, blank: 'Tasks cannot be empty.' },
  'CreateServiceRequest.serviceName': { blank: 'Service name can not be blank.' },
  // The domain checks the launch type ("launch type should be one of [EC2,FARGATE,EXTERNAL]") and the types of
  // strategies.
  'CreateServiceRequest.launchType': { oneOf: false },
  'UpdateServiceRequest.service': { blank: 'Service can not be blank.' },
  'DeleteServiceRequest.service': { blank: 'Service can not be blank.' },
  'ListServiceDeploymentsRequest.service': { blank: 'Service can not be blank.' },

  'RunTaskRequest.taskDefinition': TASK_DEFINITION,
  'RunTaskRequest.count': { range: [1, 10] },
  'RunTaskRequest.launchType': ONE_OF_LAUNCH_TYPES,
  'RunTaskRequest.startedBy': { length: [0, 128] },
  'RunTaskRequest.clientToken': { length: [1, 64], pattern: '[\\x21-\\x7e]*' },
  'RunTaskRequest.overrides': OVERRIDES,
  'RunTaskRequest.placementConstraints': { itemsMax: 10 },
  'RunTaskRequest.placementStrategy': { itemsMax: 5, itemsText: 'Maximum number of strategies is 5' },
  'RunTaskRequest.capacityProviderStrategy': { itemsMax: 20 },
  'StartTaskRequest.taskDefinition': TASK_DEFINITION,
  'StartTaskRequest.containerInstances': { itemsMax: 10, blank: 'Container instances cannot be empty.' },
  'StartTaskRequest.startedBy': { length: [0, 36] },
  'StartTaskRequest.overrides': OVERRIDES,
  'AwsVpcConfiguration.subnets': { blank: 'subnets can not be empty.' },

  'RegisterTaskDefinitionRequest.family': { blank: 'Family can not be blank.' },
  'RegisterTaskDefinitionRequest.containerDefinitions': { itemsMax: 10, blank: 'Container list cannot be empty.' },
  // The domain checks the type of a constraint ("constraint.type 'distinctInstance' is not supported...").
  'TaskDefinitionPlacementConstraint.type': { oneOf: false },

  'ClusterServiceConnectDefaultsRequest.namespace': { mayBeBlank: true },
  'CreateClusterRequest.defaultCapacityProviderStrategy': { itemsMax: 20 },
  // Terraform removes a cluster's capacity providers with two empty lists.
  'PutClusterCapacityProvidersRequest.capacityProviders': { mayBeBlank: true, itemsMax: 20 },
  'PutClusterCapacityProvidersRequest.defaultCapacityProviderStrategy': { mayBeBlank: true, itemsMax: 20 },
  'DescribeCapacityProvidersRequest.capacityProviders': { itemsMax: 100 },
  'DescribeCapacityProvidersRequest.maxResults': PAGE_OF_10,
  'RegisterContainerInstanceRequest.clientToken': { length: [1, 64], pattern: '[\\x21-\\x7e]*' },

  'GetTaskLogsRequest.tail': { range: [0, 1000] },
  'GetTaskLogsRequest.waitMs': { range: [0, 5000] },
  'GetTaskLogsRequest.cursor': { length: [1, 1024] },
  // A year.
  'CreateJoinTokenRequest.expiresInSeconds': { range: [1, 31536000] },
  // A week. These sessions do not end when an access key is deleted.
  'CreateEventReaderRequest.expiresInSeconds': { range: [1, 604800] },
  'RunTaskParameters.count': { range: [1, 10] },
  'ExplainPlacementRequest.asOf': { range: [1, 2 ** 53 - 1] },
  'ExplainPlacementRequest.maxResults': { range: [1, 100] },
  'ExplainPlacementRequest.nextToken': { length: [1, 64] },
  'PlanPlacementRequest.asOf': { range: [1, 2 ** 53 - 1] },
  'PlanPlacementRequest.maxResults': { range: [1, 100] },
  'PlanPlacementRequest.desiredCount': { range: [0, 5000] },

  // Elastic Load Balancing (ecs-api 6). Requests can describe at most twenty resources by name.
  'DescribeLoadBalancersInput.LoadBalancerArns': { itemsMax: 20 },
  'DescribeLoadBalancersInput.Names': { itemsMax: 20 },
  'DescribeTargetGroupsInput.TargetGroupArns': { itemsMax: 20 },
  'DescribeTargetGroupsInput.Names': { itemsMax: 20 },
  'DescribeListenersInput.ListenerArns': { itemsMax: 20 },
  'DescribeRulesInput.RuleArns': { itemsMax: 20 },
  'DescribeTagsInput.ResourceArns': { itemsMax: 20 },
  'AddTagsInput.ResourceArns': { itemsMax: 20 },
  'RemoveTagsInput.ResourceArns': { itemsMax: 20 },
  'RegisterTargetsInput.Targets': { itemsMax: 1000 },
  'DeregisterTargetsInput.Targets': { itemsMax: 1000 },
  'DescribeTargetHealthInput.Targets': { itemsMax: 1000 },
  'SetRulePrioritiesInput.RulePriorities': { itemsMax: 200 },
  'TargetGroupTuple.Weight': { range: [0, 999] },
  'TargetGroupStickinessConfig.DurationSeconds': { range: [1, 604800] },

  // The gateway's core responds with ECS's own list of names (ecs-api 5.13).
  'PutAccountSettingRequest.name': { oneOf: false },
  'PutAccountSettingDefaultRequest.name': { oneOf: false },
  'DeleteAccountSettingRequest.name': { oneOf: false },
  'ListAccountSettingsRequest.name': { oneOf: false },
};
