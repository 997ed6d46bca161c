import type { Condition, QueryStringValue } from '@stowage/domain';
import { quoted, wildcards } from './words';

/** What must hold of a request, as an ACL: true when one of the patterns matches. */
export function aclOf(condition: Condition): string {
  switch (condition.field) {
    case 'path-pattern':
      return matching('path -m reg', condition.values.map(whole));
    case 'host-header':
      return matching('req.hdr(host),host_only -m reg -i', condition.values.map(whole));
    case 'http-header':
      return matching(`req.fhdr(${condition.name}) -m reg -i`, condition.values.map(whole));
    case 'http-request-method':
      return matching('method -m str', condition.values);
    case 'source-ip':
      return matching('src -m ip', condition.values);
    case 'query-string':
      return matching('query -m reg -i', condition.values.map(parameter));
  }
}

const matching = (what: string, patterns: readonly string[]): string => `${what} -- ${patterns.map(quoted).join(' ')}`;

const whole = (pattern: string): string => `^${wildcards(pattern)}$`;

/** One parameter among the others. Without a key any may have the value, also one that is nothing but the value. */
function parameter({ key, value }: QueryStringValue): string {
  const name = key === undefined ? '([^&=]*=)?' : `${wildcards(key, '[^&=]')}=`;
  return `(^|&)${name}${wildcards(value, '[^&]')}(&|$)`;
}
