import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';

/** Options that all drivers have, because Docker handles them before the driver. */
const EVERY_DRIVER = ['mode', 'max-buffer-size'];
/** Docker's selection of container properties that a driver adds to each line. */
const LINE_ATTRIBUTES = ['tag', 'labels', 'labels-regex', 'env', 'env-regex'];

const OPTIONS: Readonly<Record<Exclude<Ecs.LogConfiguration['logDriver'], 'awsfirelens'>, readonly string[]>> = {
  // ECS itself sets the stream and the endpoint of awslogs, and rejects definitions that name them.
  awslogs: [
    'awslogs-create-group',
    'awslogs-datetime-format',
    'awslogs-group',
    'awslogs-multiline-pattern',
    'awslogs-region',
    'awslogs-stream-prefix',
  ],
  'json-file': ['compress', 'max-file', 'max-size', ...LINE_ATTRIBUTES],
  journald: LINE_ATTRIBUTES,
  syslog: [
    'syslog-address',
    'syslog-facility',
    'syslog-format',
    'syslog-tls-ca-cert',
    'syslog-tls-cert',
    'syslog-tls-key',
    'syslog-tls-skip-verify',
    ...LINE_ATTRIBUTES,
  ],
  gelf: [
    'gelf-address',
    'gelf-compression-level',
    'gelf-compression-type',
    'gelf-tcp-max-reconnect',
    'gelf-tcp-reconnect-delay',
    ...LINE_ATTRIBUTES,
  ],
  fluentd: [
    'fluentd-address',
    'fluentd-async',
    'fluentd-async-connect',
    'fluentd-async-reconnect-interval',
    'fluentd-buffer-limit',
    'fluentd-max-retries',
    'fluentd-request-ack',
    'fluentd-retry-wait',
    'fluentd-sub-second-precision',
    'fluentd-write-timeout',
    ...LINE_ATTRIBUTES,
  ],
  splunk: [
    'splunk-caname',
    'splunk-capath',
    'splunk-format',
    'splunk-gzip',
    'splunk-gzip-level',
    'splunk-index',
    'splunk-index-acknowledgment',
    'splunk-insecureskipverify',
    'splunk-source',
    'splunk-sourcetype',
    'splunk-token',
    'splunk-url',
    'splunk-verify-connection',
    ...LINE_ATTRIBUTES,
  ],
};

/** Options without which the driver never starts a container. */
const REQUIRED: Readonly<Partial<Record<Ecs.LogConfiguration['logDriver'], readonly string[]>>> = {
  awslogs: ['awslogs-region', 'awslogs-group'],
  gelf: ['gelf-address'],
  splunk: ['splunk-token', 'splunk-url'],
};

const MODES = ['blocking', 'non-blocking'];
const BUFFER_SIZE_PATTERN = /^\d+(\.\d+)?\s?([kmgt]i?)?b?$/i;

/** @throws Refusal in ECS's words if options are missing, unknown to the driver or out of range. */
export function checkLogConfiguration({ logConfiguration }: Ecs.ContainerDefinition): void {
  if (!logConfiguration || logConfiguration.logDriver === 'awsfirelens') return;
  const { logDriver: driver, options = {}, secretOptions = [] } = logConfiguration;
  const secret = new Set(secretOptions.map(({ name }) => name));
  const missing = (REQUIRED[driver] ?? []).filter((option) => !options[option] && !secret.has(option));
  if (missing.length > 0) throw clientError(`Log driver ${driver} requires options: ${missing.join(', ')}`);
  const known = new Set([...OPTIONS[driver], ...EVERY_DRIVER]);
  const unknown = [...Object.keys(options), ...secret].filter((option) => !known.has(option));
  if (unknown.length > 0) throw clientError(`Log driver ${driver} disallows options: ${unknown.join(', ')}`);
  checkValues(driver, options);
}

function checkValues(driver: string, options: Readonly<Record<string, string>>): void {
  const createGroup = options['awslogs-create-group'];
  // CloudFormation templates write `True`, and Docker accepts both.
  if (createGroup !== undefined && createGroup.toLowerCase() !== 'true') {
    throw clientError(
      `Log driver ${driver} option 'awslogs-create-group' should only be set to 'true', else omit option.`,
    );
  }
  const { mode, 'max-buffer-size': bufferSize } = options;
  if (mode !== undefined && !MODES.includes(mode)) {
    throw clientError(`Log driver ${driver} option 'mode' must be one of ${MODES.join(', ')}.`);
  }
  if (bufferSize === undefined) return;
  if (!BUFFER_SIZE_PATTERN.test(bufferSize)) {
    throw clientError(`Log driver ${driver} option 'max-buffer-size' must be a size such as 25m.`);
  }
  if (mode === 'blocking') {
    throw clientError(`Log driver ${driver} option 'max-buffer-size' requires the mode 'non-blocking'.`);
  }
}
