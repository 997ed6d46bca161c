import { attributesByName } from '../container-instance/records/attributes-by-name';
import type { ContainerInstance } from '../container-instance/records/container-instance';
import { TEXT, TIME, TRUTH, type ValueType, VERSION, versionOf, WHOLE_NUMBER } from './comparisons';

/** The input of an expression: one container instance, and the groups of its tasks. */
export interface QueriedInstance {
  readonly instance: ContainerInstance;
  /** Used only by `task:group`. */
  readonly groups: () => Iterable<string>;
}

/** A subject of the language. It has no value (an absent attribute), one, or several (the groups of tasks). */
export interface Subject<Value> {
  readonly type: ValueType<Value>;
  readonly valuesOf: (queried: QueriedInstance) => Iterable<Value>;
  /** Only attributes can be absent. */
  readonly mayBeAbsent?: true;
  /** True if the values depend only on the registration. Otherwise they change with the tasks on the instance. */
  readonly isStatic: boolean;
}

const ATTRIBUTE_PREFIX = 'attribute:';

/** Returns the result of `use` for the subject of that name with its value type, or undefined if there is none. */
export function subjectNamed<Result>(
  name: string,
  use: <Value>(subject: Subject<Value>) => Result,
): Result | undefined {
  if (name.startsWith(ATTRIBUTE_PREFIX) && name.length > ATTRIBUTE_PREFIX.length) {
    return use(attribute(name.slice(ATTRIBUTE_PREFIX.length)));
  }
  switch (name) {
    case 'agentConnected':
      return use({ type: TRUTH, isStatic: true, valuesOf: ({ instance }) => [instance.agentConnected] });
    case 'agentVersion':
      return use({ type: VERSION, isStatic: true, valuesOf: ({ instance }) => agentVersionOf(instance) });
    case 'ec2InstanceId':
      return use({ type: TEXT, isStatic: true, valuesOf: ({ instance }) => [instance.ec2InstanceId] });
    case 'registeredAt':
      return use({ type: TIME, isStatic: true, valuesOf: ({ instance }) => [instance.registeredAt] });
    case 'runningTasksCount':
      return use({ type: WHOLE_NUMBER, isStatic: false, valuesOf: ({ instance }) => [instance.runningTasksCount] });
    case 'task:group':
      return use({ type: TEXT, isStatic: false, valuesOf: ({ groups }) => groups() });
    default:
      return undefined;
  }
}

function attribute(name: string): Subject<string> {
  return {
    type: TEXT,
    isStatic: true,
    mayBeAbsent: true,
    valuesOf: ({ instance }) => {
      const attributes = attributesByName(instance);
      return attributes.has(name) ? [attributes.get(name) ?? ''] : [];
    },
  };
}

function agentVersionOf({ versionInfo }: ContainerInstance): readonly (readonly number[])[] {
  const version = versionOf(versionInfo.agentVersion ?? '');
  return version ? [version] : [];
}
