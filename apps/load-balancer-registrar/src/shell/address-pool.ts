import { Inject, Injectable } from '@nestjs/common';
import { RegistrarConfig } from '../config';
import { addressPool } from '../core/address-pool';

/** The addresses on which load balancers may listen; see `loadBalancerAddresses` of the configuration. */
@Injectable()
export class AddressPool {
  readonly addresses: readonly string[];

  constructor(@Inject(RegistrarConfig) { loadBalancerAddresses }: Pick<RegistrarConfig, 'loadBalancerAddresses'>) {
    this.addresses = addressPool(loadBalancerAddresses);
  }
}
