/** Where load balancers may listen; see `loadBalancerAddresses` of the configuration. */
export class AddressPool {
  constructor(readonly addresses: readonly string[]) {}
}
