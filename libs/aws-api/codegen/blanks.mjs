// Blank members that mean "not given". Clients in Go and Python send a member that has no value as `""`, as `0` or as
// `{}`. The decoder treats the members that this file finds as absent.
//
// A blank text is absent where the member is optional and no blank text is valid: enumerations, texts whose model
// demands a character, ARNs, and NEVER_BLANK. Numbers, lists and structures are absent by name only, because 0, [] and
// {} usually mean something.

const words = (text) => text.trim().split(/\s+/);

/** Optional texts without a blank value that the model does not exclude. */
const NEVER_BLANK = new Set([
  // Names, ids and addresses.
  ...words(`accessPointId AllocationId AvailabilityZone cloudWatchLogGroupName cluster clusterName container
            containerName deviceName discoveryName dnsName driver group hostname HttpHeaderName image IPv6Address Key
            kmsKey kmsKeyId fargateEphemeralStorageKmsKeyId loadBalancerName name namespace PrivateIPv4Address
            productionListenerRule referenceId role s3BucketName service SessionCookieName snapshotId sourceContainer
            SourceNatIpv6Prefix sourceVolume SslPolicy startedBy SubnetId targetId task taskDefinition
            testListenerRule user VpcId`),
  // Enumerations, sizes, ports, codes, paths and versions that are plain texts in the model.
  ...words(`agentHash agentVersion ContentType containerPath containerPortRange cpu deviceType dockerVersion expression
            field Field grpcCode GrpcCode healthCheckPath HealthCheckPort httpCode HttpCode logLevel memory Mode
            platformVersion Port ProtocolVersion rootDirectory Scope sourcePath type volumeType workingDirectory`),
  // Tokens and markers of pages.
  ...words('clientToken from Marker nextToken'),
]);

/**
 * Optional texts with a blank value, which is stored, displayed, compared or rejected. The filters of lists belong
 * here, because a list without its filter would contain everything.
 */
const BLANK_IS_A_VALUE = new Set(
  words(`ClientSecret cursor instanceIdentityDocument instanceIdentityDocumentSignature MessageBody Query reason s3KeyPrefix
         value Value
         attributeName attributeValue containerInstance daemonName family familyPrefix filter serviceName
         ListTasksRequest.startedBy`),
);

/** Numbers, lists and structures that clients send blank for "not given", each with the client. */
const BLANK_BY_NAME = {
  // The Terraform data source aws_ecs_task_execution sends the sizes of every container override.
  'ContainerOverride.cpu': 0,
  'ContainerOverride.memory': 0,
  'ContainerOverride.memoryReservation': 0,
  // Terraform modules with a variable for each size (cloudposse's container definition did) send the unused one as 0.
  'ContainerDefinition.memory': 0,
  'ContainerDefinition.memoryReservation': 0,
  // Templates without a log driver: those of ecs-deplojo, and what amazon-ecs-render-task-definition leaves in place.
  'ContainerDefinition.logConfiguration': {},
};

/** Returns true if the decoder treats a blank member as absent. Throws if this file does not decide about a text. */
export function isAbsentWhenBlank(model, structure, member) {
  const { members, required = [] } = model.shapes[structure];
  const shape = model.shapes[members[member].shape];
  const path = `${structure}.${member}`;
  if (required.includes(member)) return false;
  if (shape.type !== 'string') return path in BLANK_BY_NAME;
  if (BLANK_IS_A_VALUE.has(path)) return false;
  if (shape.enum || refusesBlank(shape) || member.toLowerCase().endsWith('arn')) return true;
  if (NEVER_BLANK.has(member) === BLANK_IS_A_VALUE.has(member)) {
    throw new Error(`blanks.mjs must decide whether a blank ${path} is a value.`);
  }
  return NEVER_BLANK.has(member);
}

const refusesBlank = ({ min = 0, pattern }) =>
  min > 0 || (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'u').test(''));
