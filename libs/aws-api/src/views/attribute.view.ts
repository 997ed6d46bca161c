import {
  type ContainerInstance,
  containerInstanceArn,
  type Ecs,
  type InstanceAttribute,
  type Scope,
} from '@stowage/domain';

/**
 * Returns one entry of ListAttributes, PutAttributes and DeleteAttributes: the attribute and its target (ecs-api 5.3).
 */
export function attributeView(
  attribute: InstanceAttribute,
  instance: Pick<ContainerInstance, 'cluster' | 'id'>,
  scope: Scope,
): Ecs.Attribute {
  return {
    name: attribute.name,
    ...(attribute.value !== undefined && { value: attribute.value }),
    targetType: 'container-instance',
    targetId: containerInstanceArn(scope, instance.cluster, instance.id),
  };
}
