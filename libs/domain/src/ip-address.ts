const IPV4_PATTERN = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_GROUP_PATTERN = /^[0-9a-f]{1,4}$/i;
const IPV6_GROUPS = 8;

/** Returns true if `text` is an IPv4 address in dotted notation, without leading zeros. */
export const isIpv4 = (text: string): boolean => IPV4_PATTERN.test(text);

/** Returns true if `text` is an IPv6 address, without brackets, prefix length or zone. */
export function isIpv6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = [...groupsOf(head), ...groupsOf(tail ?? '')];
  const last = groups.at(-1) ?? '';
  // The last two groups may be an IPv4 address.
  const isMixed = isIpv4(last);
  const hexadecimal = isMixed ? groups.slice(0, -1) : groups;
  const count = hexadecimal.length + (isMixed ? 2 : 0);
  return (
    hexadecimal.every((group) => IPV6_GROUP_PATTERN.test(group)) &&
    (tail === undefined ? count === IPV6_GROUPS : count < IPV6_GROUPS)
  );
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
