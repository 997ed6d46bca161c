import type * as Ecs from '../ecs/shapes';

type Requirements = readonly Ecs.ResourceRequirement[];

/** How many GPUs a container that was checked asks for. */
export function gpusOf({ resourceRequirements = [] }: Ecs.ContainerDefinition): number {
  return Number(resourceRequirements.find(({ type }) => type === 'GPU')?.value ?? 0);
}

/** The first requirement that no instance can honour: how the setting is called, and why. */
export function unsupportedRequirement(
  requirements: Requirements,
): { readonly setting: string; readonly why: string } | undefined {
  for (const { type, value, sharingStrategy } of requirements) {
    if (type === 'InferenceAccelerator') return refused(type, 'there are no Elastic Inference accelerators here');
    if (type === 'NeuronDevice') return refused(type, 'there are no Neuron devices here');
    if (sharingStrategy !== undefined) return refused('GPU with sharingStrategy', 'a GPU belongs to one container');
    if (value === 'ALL') return refused('GPU with value ALL', 'GPUs are asked for by number');
  }
  return undefined;
}

const refused = (what: string, why: string) => ({ setting: `resourceRequirements ${what}`, why });

const GPU_COUNT_PATTERN = /^[1-9]\d{0,3}$/;

/** What is wrong with requirements that are all supported, as the end of a sentence; undefined when nothing is. */
export function invalidRequirement(requirements: Requirements): string | undefined {
  if (requirements.length > 1) return 'GPU must be there once only';
  const isWrong = requirements.some(({ value }) => !GPU_COUNT_PATTERN.test(value));
  return isWrong ? 'the value of GPU must be a whole number of at least 1' : undefined;
}
