import {
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyLogs } from '../../apps/stowage/src/cli/logs';
import { stowageClient } from '../../apps/stowage/src/cli/stowage-client';
import { imageName } from '../../apps/stowage/src/demo/images';
import { idOf, WAIT } from '../support/deployment';
import { ACCESS_KEY } from '../support/gateway';
import { brokenPromises, foldAndPostgres, readJournal } from '../support/invariants';
import { ProcessDeployment } from '../support/processes';
import { busyboxImage } from '../support/tasks';

/** Answers one request, closes the connection and waits for the next one. */
const SERVE =
  'echo started; while true; do printf "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n" | nc -l -p 80 >/dev/null; done';

let deployment: ProcessDeployment;
let one: ECSClient;
let other: ECSClient;
beforeAll(async () => {
  await busyboxImage();
  deployment = await ProcessDeployment.start();
  [one, other] = deployment.clients() as [ECSClient, ECSClient];
}, 120_000);
afterAll(() => deployment.close());

async function logsOf(task: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const client = stowageClient({
    AWS_ENDPOINT_URL: deployment.urls[1] ?? '',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
  });
  await copyLogs(client, { task, follow: false }, (_stream, text) => lines.push(text));
  return lines;
}

describe('a deployment in which every app is a process of its own', () => {
  it('takes a task through its lifecycle: run, described, reached, read, stopped and found in the history', async () => {
    const web = { name: 'web', image: imageName('busybox'), memory: 16, command: ['sh', '-c', SERVE] };
    const portMappings = [{ containerPort: 80 }];
    await one.send(
      new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: [{ ...web, portMappings }] }),
    );
    const { tasks: run = [], failures } = await other.send(new RunTaskCommand({ taskDefinition: 'web' }));
    expect(failures).toEqual([]);
    const tasks = run.map(({ taskArn = '' }) => taskArn);
    await waitUntilTasksRunning({ client: one, ...WAIT }, { tasks });
    const described = await other.send(new DescribeTasksCommand({ tasks }));
    const { bindIP, hostPort } = described.tasks?.[0]?.containers?.[0]?.networkBindings?.[0] ?? {};
    const page = await fetch(`http://${bindIP ?? ''}:${String(hostPort)}/`);
    expect(await page.text()).toBe('hello\n');
    expect(await logsOf(idOf(tasks[0]))).toContain('started');
    expect([...deployment.containersByTask().keys()]).toEqual(tasks.map(idOf));

    await one.send(new StopTaskCommand({ task: tasks[0], reason: 'enough' }));
    await waitUntilTasksStopped({ client: other, ...WAIT }, { tasks });
    expect(deployment.containersByTask().size).toBe(0);
    const { tasks: stopped } = await other.send(new DescribeTasksCommand({ tasks }));
    expect(stopped).toMatchObject([
      { lastStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'enough', containers: [{ exitCode: 137 }] },
    ]);
    expect((await one.send(new ListTasksCommand({ desiredStatus: 'STOPPED' }))).taskArns).toEqual(tasks);
    expect(await logsOf(idOf(tasks[0]))).toContain('started');
  });

  it('shares the work among three schedulers, two managers and two gateways without breaking an invariant', async () => {
    const container = { name: 'main', image: imageName('busybox'), memory: 8, command: ['true'] };
    await one.send(new RegisterTaskDefinitionCommand({ family: 'brief', containerDefinitions: [container] }));
    const asked = Array.from({ length: 12 }, (_, at) =>
      [one, other][at % 2]!.send(
        new RunTaskCommand({ taskDefinition: 'brief', clientToken: `brief-${String(at >> 1)}` }),
      ),
    );
    const arns = (await Promise.all(asked)).flatMap(({ tasks = [] }) => tasks.map(({ taskArn = '' }) => taskArn));
    const tasks = [...new Set(arns)];
    expect(tasks).toHaveLength(6);
    await waitUntilTasksStopped({ client: one, ...WAIT }, { tasks });
    const { tasks: stopped = [] } = await other.send(new DescribeTasksCommand({ tasks }));
    for (const task of stopped) {
      expect(task).toMatchObject({
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ exitCode: 0 }],
      });
    }
    const journal = await readJournal(deployment.runtime.journal);
    expect(brokenPromises(journal)).toEqual([]);
    const { fold, postgres } = await foldAndPostgres(journal, deployment.databaseUrl);
    expect(postgres).toEqual(fold);
  });
});
