import { IsInt, Matches, Min } from 'class-validator';
import { DataPlaneConfig } from './shell/data-plane/config';

/** The registrar's own settings; see docs/configuration.md. */
export class RegistrarConfig extends DataPlaneConfig {
  /**
   * Address block from which each load balancer gets an address, as long as there are enough. By default the block is
   * on loopback, where every address of 127.0.0.0/8 belongs to this machine.
   */
  @Matches(/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/)
  loadBalancerAddresses = '127.64.0.0/24';

  /** Interval at which the targets of services are reconciled, in addition to every change. */
  @IsInt()
  @Min(10)
  serviceTargetsCheckMs = 5_000;
}
