import { IsInt, Matches, Min } from 'class-validator';
import { DataPlaneConfig } from './shell/data-plane/config';

/** The registrar's own settings; each is read from `STOWAGE_` and its name in capitals. */
export class RegistrarConfig extends DataPlaneConfig {
  /**
   * Where load balancers listen: an address for each of them out of this block, as long as there are enough. By default
   * they are on loopback, where every address of 127.0.0.0/8 is this machine's.
   */
  @Matches(/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/)
  loadBalancerAddresses = '127.64.0.0/24';

  /** How often targets of services are looked at, besides whenever something changes. */
  @IsInt()
  @Min(10)
  serviceTargetsCheckMs = 5_000;
}
