import { duplicateOf } from '../duplicate';
import type * as Ecs from '../ecs/shapes';
import { isIpv4, isIpv6 } from '../ip-address';
import { clientError } from '../refusal';
import { type InvalidSetting, invalidSettingOf } from './invalid-setting';

/** The kernel's limit is 64 characters. */
const HOSTNAME_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
const DOMAIN_PATTERN = /^[A-Za-z0-9._-]{1,253}$/;
/** Docker's placeholder for the address of the host as containers see it. */
const HOST_GATEWAY = 'host-gateway';

const isAddress = (text: string): boolean => isIpv4(text) || isIpv6(text);

type Mode = NonNullable<Ecs.RegisterTaskDefinitionRequest['networkMode']>;

/** @throws Refusal if network settings are malformed or not valid for the container's network. */
export function checkContainerNetwork(container: Ecs.ContainerDefinition, mode: Mode): void {
  const invalid = invalidSettingOf(container);
  const { hostname, links, disableNetworking } = container;
  if (mode !== 'bridge' && links?.length) throw clientError(`Links are not supported when networkMode=${mode}.`);
  if (mode === 'awsvpc') checkOwnInterface(container);
  if (hostname && !HOSTNAME_PATTERN.test(hostname)) {
    throw invalid('hostname', `'${hostname}' must be 1 to 64 letters, digits, '.', '_' and '-'`);
  }
  checkNames(container, invalid);
  if (disableNetworking) checkWithoutNetwork(container);
  const alias = duplicateOf((links ?? []).map((link) => link.split(':').at(-1)));
  if (alias !== undefined) throw invalid('links', `two links have the alias '${alias}'`);
}

function checkOwnInterface({ hostname, extraHosts, disableNetworking }: Ecs.ContainerDefinition): void {
  if (hostname) throw clientError('hostname is not supported on container when networkMode=awsvpc.');
  if (extraHosts?.length) {
    throw clientError('Extra hosts are not supported on container when networkMode=awsvpc.');
  }
  if (disableNetworking) {
    throw clientError('Disable Networking is not supported on container when networkMode=awsvpc.');
  }
}

function checkNames(container: Ecs.ContainerDefinition, invalid: InvalidSetting): void {
  for (const { hostname, ipAddress } of container.extraHosts ?? []) {
    if (!hostname || !ipAddress) throw invalid('extraHosts', 'hostname and ipAddress must not be empty');
    if (!DOMAIN_PATTERN.test(hostname)) throw invalid('extraHosts', `'${hostname}' is not a host name`);
    if (ipAddress !== HOST_GATEWAY && !isAddress(ipAddress)) {
      throw invalid('extraHosts', `'${ipAddress}' is not an IP address`);
    }
  }
  const server = container.dnsServers?.find((text) => !isAddress(text));
  if (server !== undefined) throw invalid('dnsServers', `'${server}' is not an IP address`);
  const domain = container.dnsSearchDomains?.find((text) => !DOMAIN_PATTERN.test(text));
  if (domain !== undefined) throw invalid('dnsSearchDomains', `'${domain}' is not a domain`);
}

/** Settings that Docker ignores for a container without a network. */
function checkWithoutNetwork(container: Ecs.ContainerDefinition): void {
  for (const setting of ['portMappings', 'links', 'dnsServers', 'dnsSearchDomains', 'extraHosts'] as const) {
    if (!container[setting]?.length) continue;
    throw invalidSettingOf(container)(setting, "it has no effect with 'disableNetworking'. Remove one of them");
  }
}
