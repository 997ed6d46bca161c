export interface ReadyFacts {
  readonly endpoint: string;
  /** The file to source, as the reader would type it. */
  readonly envFile: string;
  readonly instances: number;
  readonly tookMs: number;
}

/** What a start ends with: the endpoint, and three commands to try. */
export function readyMessage({ endpoint, envFile, instances, tookMs }: ReadyFacts): string {
  const machines = instances === 1 ? 'one container instance' : `${String(instances)} container instances`;
  return [
    `Stowage is ready at ${endpoint} with ${machines} (${(tookMs / 1_000).toFixed(1)} s). Try in another terminal:`,
    `  . ${envFile} && aws ecs list-container-instances`,
    '  npx stowage aws ecs describe-clusters',
    '  npm run demo',
  ].join('\n');
}
