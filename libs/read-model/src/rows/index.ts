import { AccountSettingsRow } from './account-settings.row';
import { CheckpointRow } from './checkpoint.row';
import { ClientTokenRow } from './client-token.row';
import { ClusterRow } from './cluster.row';
import { ContainerInstanceRow } from './container-instance.row';
import { LoadBalancerRow } from './load-balancer.row';
import { ServiceDeploymentRow } from './service-deployment.row';
import { ServiceRow } from './service.row';
import { TargetGroupRow } from './target-group.row';
import { TaskDefinitionRow } from './task-definition.row';
import { TaskRow } from './task.row';

export {
  AccountSettingsRow,
  CheckpointRow,
  ClientTokenRow,
  ClusterRow,
  ContainerInstanceRow,
  LoadBalancerRow,
  ServiceDeploymentRow,
  ServiceRow,
  TargetGroupRow,
  TaskDefinitionRow,
  TaskRow,
};

/** All tables of the read model. */
export const ROWS = [
  AccountSettingsRow,
  CheckpointRow,
  ClientTokenRow,
  ClusterRow,
  ContainerInstanceRow,
  LoadBalancerRow,
  ServiceDeploymentRow,
  ServiceRow,
  TargetGroupRow,
  TaskDefinitionRow,
  TaskRow,
] as const;
