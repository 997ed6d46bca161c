import { Transform } from 'class-transformer';
import { IsArray, IsOptional, IsString } from 'class-validator';
import { commaSeparated } from '../config';

/** Settings of the process through which machines join, in addition to {@link RuntimeConfig}. */
export class JoinConfig {
  /** Folder with the keys of the deployment; see `createAuthority`. Without it, no machine can join. */
  @IsOptional()
  @IsString()
  authorityDir?: string;

  /** Addresses at which agents on other machines reach NATS, separated by commas. */
  @Transform(commaSeparated)
  @IsArray()
  @IsString({ each: true })
  agentNatsUrls: readonly string[] = [];
}
