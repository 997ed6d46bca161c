import { Transform } from 'class-transformer';
import { IsArray, IsOptional, IsString } from 'class-validator';
import { commaSeparated } from '../config';

/** What the process where machines join is told beside {@link RuntimeConfig}; without `authorityDir` nobody can join. */
export class JoinConfig {
  /** Directory of the deployment's keys, see `createAuthority`. */
  @IsOptional()
  @IsString()
  authorityDir?: string;

  /** Where agents on other machines reach NATS, comma-separated. */
  @Transform(commaSeparated)
  @IsArray()
  @IsString({ each: true })
  agentNatsUrls: readonly string[] = [];
}
