import { checkTags, type Ecs, invalidParameter, keptTags, notYetSupported, type TaskDefinition } from '@stowage/domain';

/** The settings of tasks that RunTask and StartTask share, checked as far as that needs no state. */
export interface TaskSettings {
  readonly overrides: Ecs.TaskOverride;
  /** Absent for ECS's default: the family of the definition. */
  readonly group?: string;
  readonly startedBy?: string;
  readonly tags: readonly Ecs.Tag[];
  readonly propagatesDefinitionTags: boolean;
  readonly hasManagedTags: boolean;
  /** Subnets of the network configuration; undefined if the request has none. */
  readonly subnets?: readonly string[];
}

type StartInput = Ecs.RunTaskRequest | Ecs.StartTaskRequest;

/**
 * ECS's model allows letters, digits, hyphens, slashes and underscores in `startedBy`, but ECS checks no characters:
 * Step Functions sends "AWS Step Functions", and deploy scripts send file names. Neither label may contain a line
 * break.
 */
const CONTROL_CHARACTER = /\p{Cc}/u;
/** Prefixes of groups that only Stowage assigns. A service's tasks are recognised by them. */
const RESERVED_GROUP_PATTERN = /^(service|ecs):/;

/** @throws Refusal for a setting that is not valid or not supported yet */
export function parseTaskSettings(input: StartInput, startedByLengthMax: number): TaskSettings {
  checkLabels(input, startedByLengthMax);
  checkSupported(input);
  checkTags(input.tags ?? []);
  const subnets = input.networkConfiguration?.awsvpcConfiguration?.subnets;
  return {
    overrides: input.overrides ?? {},
    // An empty group or startedBy counts as absent, as in ECS.
    ...(input.group && { group: input.group }),
    ...(input.startedBy && { startedBy: input.startedBy }),
    tags: keptTags(input.tags),
    propagatesDefinitionTags: input.propagateTags === 'TASK_DEFINITION',
    hasManagedTags: input.enableECSManagedTags === true,
    ...(subnets && { subnets }),
  };
}

/** @throws Refusal if the network configuration does not fit the definition */
export function checkNetwork({ subnets }: TaskSettings, { definition }: TaskDefinition): void {
  if (definition.networkMode !== 'awsvpc') {
    if (subnets === undefined) return;
    throw invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
  }
  if (subnets === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  throw notYetSupported('networkMode', 'container instances have no elastic network interfaces');
}

function checkLabels({ startedBy, group }: StartInput, startedByLengthMax: number): void {
  if (startedBy !== undefined && startedBy.length > startedByLengthMax) {
    throw invalidParameter(`startedBy can have at most ${startedByLengthMax} characters.`);
  }
  for (const [name, label] of Object.entries({ startedBy, group })) {
    if (label !== undefined && CONTROL_CHARACTER.test(label)) {
      throw invalidParameter(`${name} must not have control characters.`);
    }
  }
  if (group !== undefined && RESERVED_GROUP_PATTERN.test(group)) throw invalidParameter('Invalid namespace for group.');
}

function checkSupported(input: StartInput): void {
  if (input.enableExecuteCommand === true) throw notYetSupported('enableExecuteCommand', 'there is no ExecuteCommand');
  if ((input.volumeConfigurations ?? []).length > 0) {
    throw notYetSupported('volumeConfigurations', 'there are no EBS volumes');
  }
  if (input.referenceId !== undefined) throw notYetSupported('referenceId', 'it is reserved for ECS itself');
  if (input.propagateTags === 'SERVICE') {
    throw invalidParameter('propagateTags SERVICE is only valid for the tasks of a service.');
  }
}
