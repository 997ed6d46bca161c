/** What the master says of its workers. */
export interface Processes {
  readonly master: number;
  /** The one that takes new connections; absent while the master has none. */
  readonly worker?: number;
  /** Those that only finish what they have. */
  readonly oldWorkers: readonly number[];
}

/** One worker, as it was seen. */
export interface WorkerSighting {
  readonly pid: number;
  readonly servers: readonly SeenServer[];
  /** The maps that were asked for, each by its backend. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface SeenServer {
  readonly backend: string;
  readonly name: string;
  readonly admin: 'ready' | 'drain' | 'maintenance';
  readonly isUp: boolean;
  /** Requests or connections that are there now, waiting ones included; idle connections that HAProxy keeps are not. */
  readonly sessions: number;
  /** The newest check; absent before the first. */
  readonly check?: SeenCheck;
}

export interface SeenCheck {
  /** HAProxy's word, such as `L7OK`, `L7STS`, `L4CON`. */
  readonly status: string;
  readonly code?: string;
}

/** Of `show proc`. */
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

/** Of `show info`: the mark of the configuration that the process runs. */
export const readMark = (text: string): string | undefined => /^description: (.*)$/m.exec(text)?.[1];

/** 0x04 is not among them: it only tells that the configuration said `disabled` once. */
const MAINTENANCE = 0x01 | 0x02 | 0x20 | 0x40;
const DRAIN = 0x08 | 0x10;

/** Of `show stat -1 4 -1` and `show servers state`, each of which says half of it. */
export function readServers(statistics: string, states: string): readonly SeenServer[] {
  const admin = adminStates(states);
  return readTable(statistics).flatMap((row): readonly SeenServer[] => {
    const [backend, name] = [row('pxname'), row('svname')];
    const state = admin.get(`${backend}/${name}`);
    return state === undefined || name === '' ? [] : [seenServer(row, state)];
  });
}

function seenServer(row: (column: string) => string, state: number): SeenServer {
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

/** The bits of `srv_admin_state` by `<backend>/<server>`. */
function adminStates(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').map((line) => line.split(' '));
  return new Map(
    lines
      .filter((words) => /^\d+$/.test(words[0] ?? '') && words.length > 7)
      .map((words) => [`${words[1] ?? ''}/${words[3] ?? ''}`, Number(words[6])]),
  );
}

/** Of `show map <file>`. */
export function readMap(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .map((line) => line.split(' '))
      .flatMap(([id, key, value]) => (id?.startsWith('0x') && key && value ? [[key, value] as const] : [])),
  );
}

/** Rows of comma-separated values whose first line names the columns. */
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

/** Values with commas in them are in double quotes, which are doubled inside. */
function splitValues(line: string): readonly string[] {
  const values = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
  return values.map((value) =>
    value
      .replace(/,$/, '')
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}
