/** Parts that all ARNs of this deployment share: one partition, one region, one account. */
export interface Scope {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

/** Returns the ARN of a role that is given by its ARN, or by its name with or without a path. */
export const roleArn = ({ account }: Scope, role: string): string =>
  role.startsWith('arn:') ? role : `arn:aws:iam::${account}:role/${role.replace(/^\//, '')}`;

// The current, long forms of ecs-api 4.1. The short forms from before 2018 are neither read nor written.
const ecs = ({ region, account }: Scope, rest: string): string => `arn:aws:ecs:${region}:${account}:${rest}`;

export const clusterArn = (scope: Scope, cluster: string): string => ecs(scope, `cluster/${cluster}`);
export const capacityProviderArn = (scope: Scope, name: string): string => ecs(scope, `capacity-provider/${name}`);
export const containerInstanceArn = (scope: Scope, cluster: string, instance: string): string =>
  ecs(scope, `container-instance/${cluster}/${instance}`);
export const taskArn = (scope: Scope, cluster: string, task: string): string => ecs(scope, `task/${cluster}/${task}`);
export const containerArn = (scope: Scope, cluster: string, task: string, container: string): string =>
  ecs(scope, `container/${cluster}/${task}/${container}`);
export const taskDefinitionArn = (scope: Scope, family: string, revision: number): string =>
  ecs(scope, `task-definition/${family}:${String(revision)}`);
export const serviceArn = (scope: Scope, cluster: string, service: string): string =>
  ecs(scope, `service/${cluster}/${service}`);
export const serviceDeploymentArn = (scope: Scope, cluster: string, service: string, deployment: string): string =>
  ecs(scope, `service-deployment/${cluster}/${service}/${deployment}`);
export const serviceRevisionArn = (scope: Scope, cluster: string, service: string, revision: string): string =>
  ecs(scope, `service-revision/${cluster}/${service}/${revision}`);
