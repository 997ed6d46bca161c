import { resolve } from 'node:path';
import { IsOptional, IsString, Matches, MinLength } from 'class-validator';

/** The registrar's own settings; each is read from `STOWAGE_` and its name in capitals. */
export class RegistrarConfig {
  /**
   * Where load balancers listen: an address for each of them out of this block, as long as there are enough. By default
   * they are on loopback, where every address of 127.0.0.0/8 is this machine's.
   */
  @Matches(/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/)
  loadBalancerAddresses = '127.64.0.0/24';

  /** Certificates that listeners may have are files `<id>.pem` in here. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  certificatesDir?: string;

  /** Where `certificates` is when `certificatesDir` does not say. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');
}
