// An own scheduler next to Stowage's: keeps COUNT tasks of a family running, each on the container instance with the
// most free memory. It uses only the public API and the event stream.
//
//   . .stowage/env && node examples/own-scheduler.mjs sleeper 3
//
// It sends the position of the state that it read with `x-stowage-expect`. StartTask is rejected if the instance's ledger
// has changed since, for example through Stowage's own schedulers. Then the scheduler reads and decides again. It needs
// no lock and no leader: a task is placed only if the instance has not changed since it was chosen.
import { Sha256 } from '@aws-crypto/sha256-js';
import * as ecs from '@aws-sdk/client-ecs';
import { SignatureV4 } from '@smithy/signature-v4';

const [family, count = '1'] = process.argv.slice(2);
const STARTED_BY = `own-scheduler/${family}`;
const RETRY_MS = 1_000;
const { AWS_ENDPOINT_URL, AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
const client = new ecs.ECSClient({ endpoint: AWS_ENDPOINT_URL, region, credentials, maxAttempts: 1 });

/** Sends a command; `sequence` is the position in the journal for which the answer is valid. */
async function send(command, headers = {}) {
  let sequence = 0;
  const read = (next) => async (args) => {
    Object.assign(args.request.headers, headers);
    const result = await next(args);
    sequence = Number(result.response.headers['x-stowage-sequence']);
    return result;
  };
  command.middlewareStack.add(read, { step: 'build' });
  return { ...(await client.send(command)), sequence };
}

/** All pages of a list; `sequence` is that of the first page, because later pages may miss newer changes. */
async function list(Command, member, input, nextToken) {
  const page = await send(new Command({ ...input, nextToken }));
  const rest = page.nextToken ? (await list(Command, member, input, page.nextToken)).all : [];
  return { all: [...page[member], ...rest], sequence: page.sequence };
}

/** Reads the state and, if a task is missing, starts one. Resolves with true if it has to run again. */
async function step() {
  const mine = await list(ecs.ListTasksCommand, 'taskArns', { startedBy: STARTED_BY });
  if (mine.all.length >= Number(count)) return false;
  const instances = await list(ecs.ListContainerInstancesCommand, 'containerInstanceArns', { status: 'ACTIVE' });
  if (instances.all.length === 0) return false;
  // One request describes at most a hundred instances, which are enough to choose from.
  const containerInstances = instances.all.slice(0, 100);
  const described = await send(new ecs.DescribeContainerInstancesCommand({ containerInstances }));
  const best = described.containerInstances.sort((a, b) => freeMemory(b) - freeMemory(a))[0];
  const start = { taskDefinition: family, containerInstances: [best.containerInstanceArn], startedBy: STARTED_BY };
  try {
    const expect = { 'x-stowage-expect': String(mine.sequence) };
    const { tasks, failures } = await send(new ecs.StartTaskCommand(start), expect);
    for (const { taskArn } of tasks) console.log(`started ${taskArn} on ${best.containerInstanceArn}`);
    for (const { reason } of failures) console.log(`not started: ${reason}`);
    return tasks.length > 0;
  } catch (error) {
    if (error.name !== 'ConflictException') throw error;
    console.log(`rejected: ${error.message}`);
    return true;
  }
}

const freeMemory = ({ remainingResources }) =>
  remainingResources.find(({ name }) => name === 'MEMORY')?.integerValue ?? 0;

/** Calls `onEvent` for each new event, without end. An event only triggers a pass; its content is not used. */
async function follow(onEvent) {
  const url = new URL('/events', AWS_ENDPOINT_URL);
  const signer = new SignatureV4({ region, credentials, service: 'ecs', sha256: Sha256 });
  const { protocol, hostname, host, pathname: path } = url;
  for (;;) {
    const { headers } = await signer.sign({ method: 'GET', protocol, hostname, path, headers: { host } });
    try {
      const answer = await fetch(url, { headers });
      onEvent();
      for await (const piece of answer.body) if (Buffer.from(piece).includes('data: ')) onEvent();
    } catch (error) {
      console.log(`the event stream was lost: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

let dirty = false;
let running = false;
async function reconcile() {
  dirty = true;
  if (running) return;
  running = true;
  while (dirty) {
    dirty = false;
    dirty = (await step().catch((error) => console.log(`failed: ${error.message}`))) || dirty;
  }
  running = false;
}
await follow(() => void reconcile());
