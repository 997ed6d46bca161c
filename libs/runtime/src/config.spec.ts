import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfig, RuntimeConfig } from './config';
import { JoinConfig } from './join/config';

describe('the configuration', () => {
  it('has defaults, and converts members from the environment to their types', () => {
    const config = readConfig(RuntimeConfig, {
      STOWAGE_NATS_URLS: 'nats://a:1, nats://b:2',
      STOWAGE_FOLD_TIMEOUT_MS: '7',
      STOWAGE_ACCOUNT_ID: '000000000001',
      STOWAGE_SOMEBODY_ELSES: 'x',
      OTHER: 'y',
    });
    expect(config.natsUrls).toEqual(['nats://a:1', 'nats://b:2']);
    expect(config.foldTimeoutMs).toBe(7);
    expect(config.accountId).toBe('000000000001');
    expect(config.region).toBe('us-east-1');
    expect(config).not.toHaveProperty('somebodyElses');
  });

  it('treats an empty variable as absent', () => {
    expect(readConfig(JoinConfig, { STOWAGE_AUTHORITY_DIR: '', STOWAGE_AGENT_NATS_URLS: '' })).toEqual(
      expect.objectContaining({ agentNatsUrls: [] }),
    );
  });

  it('reports each variable that is not valid', () => {
    const read = (): RuntimeConfig =>
      readConfig(RuntimeConfig, {
        STOWAGE_ACCOUNT_ID: '12',
        STOWAGE_FOLD_TIMEOUT_MS: 'soon',
        STOWAGE_LOG_LEVEL: 'loud',
      });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/STOWAGE_ACCOUNT_ID: .*STOWAGE_LOG_LEVEL: .*STOWAGE_FOLD_TIMEOUT_MS: /);
  });
});
