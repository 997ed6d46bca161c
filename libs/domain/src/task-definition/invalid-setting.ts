import type * as Ecs from '../ecs/shapes';
import { clientError, type Refusal } from '../refusal';

/** Returns the error for one setting of a container. `why` is the end of its sentence. */
export type InvalidSetting = (setting: string, why: string) => Refusal;

/** Returns a function for errors that name the container and the setting, in ECS's form. */
export function invalidSettingOf({ name = '' }: Ecs.ContainerDefinition): InvalidSetting {
  return (setting, why) => clientError(`Invalid '${setting}' setting for container '${name}': ${why}.`);
}
