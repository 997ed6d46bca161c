import { connect } from 'node:net';
import { type Processes, readProcesses } from '../../core/data-plane/worker-status';

/** HAProxy reads lines of up to the size of its buffer, 16 KiB. */
const LINE_LENGTH_MAX = 8_192;

/** HAProxy's master does not run or does not answer. */
export class MasterUnreachable extends Error {
  override readonly name = 'MasterUnreachable';
}

/** The socket of HAProxy's master process, through which every worker can be reached, including old ones. */
export class MasterSocket {
  constructor(
    private readonly path: string,
    private readonly timeoutMs: number,
  ) {}

  async processes(): Promise<Processes | undefined> {
    return readProcesses(await this.ask('show proc'));
  }

  /**
   * Resolves with the answers of a worker, one for each command.
   * @throws MasterUnreachable if the master does not answer in time.
   */
  async send(worker: number, commands: readonly string[]): Promise<readonly string[]> {
    const answers: string[] = [];
    for (const line of linesOf(commands.map((command) => `@!${String(worker)} ${command}`))) {
      answers.push(...(await this.ask(line)).split('\n\n'));
    }
    return answers;
  }

  /** Starts a new worker with the configuration on disk. The socket is unreachable for a moment. */
  async reload(): Promise<void> {
    await this.ask('reload');
  }

  private ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.path);
      let answer = '';
      const fail = (reason: string): void => {
        socket.destroy();
        reject(new MasterUnreachable(`HAProxy's master at ${this.path}: ${reason}`));
      };
      socket.setTimeout(this.timeoutMs, () => fail(`no answer within ${String(this.timeoutMs)} ms`));
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => (answer += text));
      socket.on('end', () => resolve(answer));
      socket.on('error', (error) => fail(error.message));
      socket.end(`${line}\n`);
    });
  }
}

/** Joins the commands into lines of the greatest permitted length. */
function linesOf(commands: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const command of commands) {
    if (line !== '' && line.length + command.length + 1 > LINE_LENGTH_MAX) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? command : `${line};${command}`;
  }
  return line === '' ? lines : [...lines, line];
}
