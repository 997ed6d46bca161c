import { plainToInstance } from 'class-transformer';
import { IsNumber, IsString, validateSync } from 'class-validator';
import { ClearFailure } from '../clear-failure';
import { STOWAGE_TARGET, type StowageClient } from './stowage-client';

export interface JoinTokenOptions {
  readonly cluster?: string;
  readonly expiresInSeconds?: number;
  readonly oneTime: boolean;
}

class CreatedToken {
  @IsString()
  token!: string;

  @IsString()
  cluster!: string;

  /** Seconds since the epoch. */
  @IsNumber()
  expiresAt!: number;
}

/** Asks the gateway for the right to join a machine. @throws ClearFailure */
export async function createJoinToken(client: StowageClient, options: JoinTokenOptions): Promise<CreatedToken> {
  const created = plainToInstance(CreatedToken, await client.call(`${STOWAGE_TARGET}.CreateJoinToken`, options));
  if (!(created instanceof CreatedToken) || validateSync(created).length > 0) {
    throw new ClearFailure('The answer is not one of Stowage: is AWS_ENDPOINT_URL right?');
  }
  return created;
}
