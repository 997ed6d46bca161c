import { CreateClusterCommand, DeleteAccountSettingCommand, PutAccountSettingCommand } from '@aws-sdk/client-ecs';
import { joinDeployment } from '@stowage/runtime';
import { ACCESS_KEY } from '../support/gateway';
import type { TestDeployment } from '../support/deployment';

/** Account settings, a machine that joins, and the deletion of a key, which no operation does yet. */
export async function driveAccount(deployment: TestDeployment, folder: string): Promise<void> {
  const { ecs, url, runtime } = deployment;
  await ecs.send(new PutAccountSettingCommand({ name: 'containerInsights', value: 'enabled' }));
  await ecs.send(new DeleteAccountSettingCommand({ name: 'containerInsights' }));
  await ecs.send(new CreateClusterCommand({ clusterName: 'joined' }));
  const token = { cluster: 'joined', oneTime: true, expiresInSeconds: 60 };
  const { json } = await deployment.call('Stowage_20261122.CreateJoinToken', token);
  await joinDeployment(url, String(json['token']), folder);
  const [principal] = runtime.fold.state.principals.values();
  const another = { principal: principal?.name ?? '', accessKeyId: `${ACCESS_KEY.accessKeyId.slice(0, -1)}2` };
  await deployment.commit(
    { type: 'AccessKeyCreated', version: 1, ...another, sealedSecret: 'sealed' },
    { type: 'AccessKeyDeleted', version: 1, ...another },
  );
}
