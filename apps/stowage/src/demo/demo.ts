import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeTasksCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { UserError } from '../user-error';
import type { CleanUp } from './clean-up';
import { historyOf, nameOf } from './history';
import { buildImage, DEMO_IMAGES, imageName } from './images';
import type { Narrator } from './narrator';

export interface DemoPlace {
  readonly ecs: ECSClient;
  readonly narrator: Narrator;
  readonly cleanUp: CleanUp;
  /** Aborted to stop the demonstration early. */
  readonly signal: AbortSignal;
  /** Root folder of the clone. */
  readonly root: string;
  readonly busybox: string;
}

const WAIT = { minDelay: 1, maxDelay: 1, maxWaitTime: 60 };
const PAGES = 4;
const PAGE_TIMEOUT_MS = 15_000;
const PAGE_POLL_MS = 200;

/** Demonstrates tasks, with the equivalent `aws` command for each step. */
export async function demonstrate(place: DemoPlace): Promise<void> {
  await buildImages(place);
  const web = await runFrom(place, 'web-and-sidecar.json', 'A web server and a sidecar that writes to its volume');
  await watchPage(place, web);
  const pair = await runFrom(place, 'linked-pair.json', 'Two containers with a link and environment variables');
  await showPage(place, pair);
  for (const task of [web, pair]) await stop(place, task);
  await showHistory(place, [web, pair]);
}

async function buildImages({ narrator, root, busybox }: DemoPlace): Promise<void> {
  const demo = join(root, 'apps/stowage/demo');
  for (const image of DEMO_IMAGES) {
    const folder = relative(root, join(demo, image));
    narrator.step(
      `Build the image ${imageName(image)} from busybox`,
      `cp .stowage/bin/busybox ${folder}/ && docker build --tag ${imageName(image)} ${folder}`,
    );
    await buildImage(image, demo, busybox);
  }
}

async function runFrom({ ecs, narrator, cleanUp, signal, root }: DemoPlace, file: string, what: string): Promise<Task> {
  const path = join('apps/stowage/demo', file);
  narrator.step(
    `${what}: register the task definition`,
    `aws ecs register-task-definition --cli-input-json file://${path}`,
  );
  // The file has the format of the command line's input, and the API validates it.
  const input = JSON.parse(readFileSync(join(root, path), 'utf8')) as RegisterTaskDefinitionCommandInput;
  const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(input));
  narrator.result(taskDefinition?.taskDefinitionArn ?? '');

  narrator.step('Run it', `aws ecs run-task --task-definition ${input.family ?? ''}`);
  const { tasks, failures } = await ecs.send(new RunTaskCommand({ taskDefinition: input.family }));
  const arn = tasks?.[0]?.taskArn;
  if (arn === undefined)
    throw new UserError(`The task was not placed: ${failures?.[0]?.reason ?? 'the API gave no reason'}.`);
  narrator.result(arn);
  cleanUp.add(`the task ${arn}`, () => ecs.send(new StopTaskCommand({ task: arn })));

  narrator.step('Wait until the task runs', `aws ecs wait tasks-running --tasks ${arn}`);
  await waitUntilTasksRunning({ client: ecs, abortSignal: signal, ...WAIT }, { tasks: [arn] });
  return describe(ecs, arn);
}

async function watchPage({ narrator, signal }: DemoPlace, task: Task): Promise<void> {
  const url = addressOf(task);
  narrator.step('The sidecar changes the page every second', `curl ${url}`);
  let last = '';
  for (let page = 0; page < PAGES; page += 1) {
    last = await pageThat(url, signal, (text) => text !== last);
    narrator.result(last);
  }
}

async function showPage({ narrator, signal }: DemoPlace, task: Task): Promise<void> {
  const url = addressOf(task);
  narrator.step(
    'The frontend reaches the backend by its link, and both use their environment variables',
    `curl ${url}`,
  );
  narrator.result(await pageThat(url, signal, (text) => text.includes('passed on')));
}

async function stop({ ecs, narrator, signal }: DemoPlace, task: Task): Promise<void> {
  const { taskArn = '' } = task;
  const reason = 'The demonstration is over';
  narrator.step(`Stop ${nameOf(task)}`, `aws ecs stop-task --task ${taskArn} --reason '${reason}'`);
  await ecs.send(new StopTaskCommand({ task: taskArn, reason }));
  await waitUntilTasksStopped({ client: ecs, abortSignal: signal, ...WAIT }, { tasks: [taskArn] });
}

async function showHistory({ ecs, narrator }: DemoPlace, ended: readonly Task[]): Promise<void> {
  const arns = ended.map(({ taskArn = '' }) => taskArn);
  narrator.step('Stowage keeps the history of the tasks', `aws ecs describe-tasks --tasks ${arns.join(' ')}`);
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: arns }));
  for (const line of tasks.flatMap(historyOf)) narrator.result(line);
}

async function describe(ecs: ECSClient, arn: string): Promise<Task> {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
  const task = tasks?.[0];
  if (!task) throw new UserError(`Stowage does not know the task ${arn}.`);
  return task;
}

/** Resolves with the URL of the task's published port, as Docker bound it. */
function addressOf(task: Task): string {
  const bindings = (task.containers ?? []).flatMap(({ networkBindings }) => networkBindings ?? []);
  const { bindIP, hostPort } = bindings[0] ?? {};
  if (hostPort === undefined) throw new UserError('The task has no published port.');
  const host = bindIP === undefined || bindIP === '0.0.0.0' ? '127.0.0.1' : bindIP;
  return `http://${host}:${String(hostPort)}/`;
}

/** Resolves with the page once `expected` matches, because a running container may need a moment to serve. */
async function pageThat(url: string, signal: AbortSignal, suits: (text: string) => boolean): Promise<string> {
  const deadline = performance.now() + PAGE_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    const text = answer?.ok ? (await answer.text()).trim() : '';
    if (text !== '' && suits(text)) return text;
    if (performance.now() > deadline) throw new UserError(`${url} does not show the expected page.`);
    await delay(PAGE_POLL_MS, undefined, { signal });
  }
}
