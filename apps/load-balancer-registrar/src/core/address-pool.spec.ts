import { expect, it } from 'vitest';
import { ADDRESSES_MAX, addressPool } from './address-pool';

it('has the addresses of a block, except those of the network itself', () => {
  expect(addressPool('10.1.2.8/29')).toEqual([9, 10, 11, 12, 13, 14].map((last) => `10.1.2.${String(last)}`));
  expect(addressPool('10.1.2.12/29')).toEqual(addressPool('10.1.2.8/29'));
});

it('has the single address of its setting', () => {
  expect(addressPool('0.0.0.0')).toEqual(['0.0.0.0']);
  expect(addressPool('192.168.1.7/32')).toEqual(['192.168.1.7']);
});

it('is bounded', () => {
  const addresses = addressPool('127.0.0.0/8');
  expect(addresses).toHaveLength(ADDRESSES_MAX);
  expect(addresses.at(-1)).toBe('127.0.1.0');
});

it('rejects a setting that is not an address', () => {
  expect(() => addressPool('10.0.0.256')).toThrow();
  expect(() => addressPool('10.0.0.0/33')).toThrow();
});
