import type * as Ecs from '../ecs/shapes';
import { clientError, type Refusal } from '../refusal';

/** Makes the refusal of one setting of a container; `why` is the end of its sentence. */
export type InvalidSetting = (setting: string, why: string) => Refusal;

/** Refusals that name the container and the setting, in the form of ECS. */
export function invalidSettingOf({ name = '' }: Ecs.ContainerDefinition): InvalidSetting {
  return (setting, why) => clientError(`Invalid '${setting}' setting for container '${name}': ${why}.`);
}
