export interface ReadyFacts {
  readonly endpoint: string;
  readonly instances: number;
  readonly tookMs: number;
  /** The environment file, as the user would type its path. */
  readonly envFile: string;
  /** The data folder, if commands need --data because it differs from the default. */
  readonly data?: string;
}

/** Returns the last message of a start: the endpoint, and three commands to try. */
export function readyMessage({ endpoint, instances, tookMs, envFile, data }: ReadyFacts): string {
  const machines = instances === 1 ? 'one container instance' : `${String(instances)} container instances`;
  const stowage = `npx stowage${data === undefined ? '' : ` --data ${forShell(data)}`}`;
  return [
    `Stowage is ready at ${endpoint} with ${machines} (${(tookMs / 1_000).toFixed(1)} s). Try in another terminal:`,
    `  . ${forShell(envFile)} && aws ecs list-container-instances`,
    `  ${stowage} aws ecs describe-clusters`,
    data === undefined ? '  npm run demo' : `  ${stowage} demo`,
  ].join('\n');
}

/** Quotes a path as one word of a shell command. */
const forShell = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
