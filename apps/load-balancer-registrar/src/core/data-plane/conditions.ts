import type { Condition, QueryStringValue } from '@stowage/domain';
import { quoted, wildcards } from './quoting';

/** Returns the condition as an ACL, which is true when one of the patterns matches. */
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

/**
 * Matches one parameter among the others. Without a key, every parameter may have the value, and so may a parameter
 * that consists of the value alone.
 */
function parameter({ key, value }: QueryStringValue): string {
  const name = key === undefined ? '([^&=]*=)?' : `${wildcards(key, '[^&=]')}=`;
  return `(^|&)${name}${wildcards(value, '[^&]')}(&|$)`;
}
