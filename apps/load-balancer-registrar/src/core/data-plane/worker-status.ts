/** The processes of HAProxy, as `show proc` lists them. */
export interface Processes {
  readonly master: number;
  /** The worker that takes new connections; absent while there is none. */
  readonly worker?: number;
  /** Workers that only finish their connections. */
  readonly oldWorkers: readonly number[];
}

/** State of one worker at one moment. */
export interface WorkerStatus {
  readonly pid: number;
  readonly servers: readonly ServerStatus[];
  /** The maps that were read, each by its backend. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface ServerStatus {
  readonly backend: string;
  readonly name: string;
  readonly admin: 'ready' | 'drain' | 'maintenance';
  readonly isUp: boolean;
  /**
   * Number of present requests or connections, with the waiting ones and without idle connections that HAProxy keeps.
   */
  readonly sessions: number;
  /** Result of the last check; absent before the first. */
  readonly check?: CheckResult;
}

export interface CheckResult {
  /** HAProxy's status, such as `L7OK`, `L7STS` or `L4CON`. */
  readonly status: string;
  readonly code?: string;
}

/** Reads the answer to `show proc`. */
export function readProcesses(text: string): Processes | undefined {
  const rows = { master: new Array<number>(), workers: new Array<number>(), old: new Array<number>() };
  let section: keyof typeof rows | undefined = 'master';
  for (const line of text.split('\n')) {
    if (line.startsWith('# workers')) section = 'workers';
    else if (line.startsWith('# old workers')) section = 'old';
    else if (line.startsWith('# programs')) section = undefined;
    const pid = Number(/^(\d+)\s+(?:master|worker)\b/.exec(line)?.[1] ?? NaN);
    if (section && !Number.isNaN(pid)) rows[section].push(pid);
  }
  const [master] = rows.master;
  if (master === undefined) return undefined;
  const [worker] = rows.workers;
  return { master, ...(worker !== undefined && { worker }), oldWorkers: rows.old };
}

/** Reads the mark of the running configuration from the answer to `show info`. */
export const readMark = (text: string): string | undefined => /^description: (.*)$/m.exec(text)?.[1];

/** Bit 0x04 is left out: it only records that the configuration contained `disabled`. */
const MAINTENANCE = 0x01 | 0x02 | 0x20 | 0x40;
const DRAIN = 0x08 | 0x10;

/** Reads the answers to `show stat -1 4 -1` and `show servers state`, each of which has a part of the members. */
export function readServers(statistics: string, states: string): readonly ServerStatus[] {
  const admin = adminStates(states);
  return readTable(statistics).flatMap((row): readonly ServerStatus[] => {
    const [backend, name] = [row('pxname'), row('svname')];
    const state = admin.get(`${backend}/${name}`);
    return state === undefined || name === '' ? [] : [seenServer(row, state)];
  });
}

function seenServer(row: (column: string) => string, state: number): ServerStatus {
  const status = row('check_status').replace(/^\* /, '');
  const code = row('check_code');
  return {
    backend: row('pxname'),
    name: row('svname'),
    admin: (state & MAINTENANCE) !== 0 ? 'maintenance' : (state & DRAIN) !== 0 ? 'drain' : 'ready',
    isUp: /^(UP|DRAIN|NOLB|no check)/.test(row('status')),
    sessions: Number(row('scur')) + Number(row('qcur')),
    ...(status !== '' && status !== 'INI' && { check: { status, ...(code !== '' && { code }) } }),
  };
}

/** Returns the bits of `srv_admin_state` by `<backend>/<server>`. */
function adminStates(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').map((line) => line.split(' '));
  return new Map(
    lines
      .filter((words) => /^\d+$/.test(words[0] ?? '') && words.length > 7)
      .map((words) => [`${words[1] ?? ''}/${words[3] ?? ''}`, Number(words[6])]),
  );
}

/** Reads the answer to `show map <file>`. */
export function readMap(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .map((line) => line.split(' '))
      .flatMap(([id, key, value]) => (id?.startsWith('0x') && key && value ? [[key, value] as const] : [])),
  );
}

/** Reads rows of comma-separated values. The first line names the columns. */
function readTable(text: string): readonly ((column: string) => string)[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const columns = new Map(
    head
      .replace(/^# /, '')
      .split(',')
      .map((name, at) => [name, at]),
  );
  return lines.map((line) => {
    const values = splitValues(line);
    return (column: string) => values[columns.get(column) ?? -1] ?? '';
  });
}

/** Values that contain commas are in double quotes, and a double quote inside is doubled. */
function splitValues(line: string): readonly string[] {
  const values = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
  return values.map((value) =>
    value
      .replace(/,$/, '')
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}
