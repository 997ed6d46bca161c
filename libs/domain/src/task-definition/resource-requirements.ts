import type * as Ecs from '../ecs/shapes';

type Requirements = readonly Ecs.ResourceRequirement[];

/** Returns the number of GPUs that a checked container requests. */
export function gpusOf({ resourceRequirements = [] }: Ecs.ContainerDefinition): number {
  return Number(resourceRequirements.find(({ type }) => type === 'GPU')?.value ?? 0);
}

/** Returns the first requirement that no instance can satisfy, with the name of the setting and the reason. */
export function unsupportedRequirement(
  requirements: Requirements,
): { readonly setting: string; readonly why: string } | undefined {
  for (const { type, value, sharingStrategy } of requirements) {
    if (type === 'InferenceAccelerator') return refused(type, 'Elastic Inference accelerators are not available');
    if (type === 'NeuronDevice') return refused(type, 'Neuron devices are not available');
    if (sharingStrategy !== undefined) return refused('GPU with sharingStrategy', 'a GPU is assigned to one container');
    if (value === 'ALL') return refused('GPU with value ALL', 'request GPUs by number');
  }
  return undefined;
}

const refused = (what: string, why: string) => ({ setting: `resourceRequirements ${what}`, why });

const GPU_COUNT_PATTERN = /^[1-9]\d{0,3}$/;

/** Returns the mistake in otherwise supported requirements as the end of a sentence, or undefined. */
export function invalidRequirement(requirements: Requirements): string | undefined {
  if (requirements.length > 1) return 'GPU can be specified only once';
  const isWrong = requirements.some(({ value }) => !GPU_COUNT_PATTERN.test(value));
  return isWrong ? 'the value of GPU must be a whole number of at least 1' : undefined;
}
