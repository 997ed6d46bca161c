import { clusterName, instanceId } from '@stowage/domain';
import { readConfig } from '@stowage/runtime';
import { describe, expect, it } from 'vitest';
import { AgentConfig } from './config';
import { instanceSettings } from './settings';

const identity = { cluster: clusterName('default'), instance: instanceId('a'.repeat(32)) };
const known = { agentVersion: '1', canPause: true, logServices: { journal: false, syslog: false }, plugins: [] };

function address(agentBindIp: string, seenAs: string | undefined): string | undefined {
  const config = Object.assign(new AgentConfig(), { agentBindIp });
  return instanceSettings(config, identity, { ...known, ...(seenAs && { seenAs }) }).address;
}

describe('what an instance has', () => {
  it('is the GPUs that the agent was told', () => {
    const config = readConfig(AgentConfig, { STOWAGE_AGENT_GPU_IDS: 'GPU-1, GPU-2' });
    expect(instanceSettings(config, identity, known).gpuIds).toEqual(['GPU-1', 'GPU-2']);
    expect(readConfig(AgentConfig, {}).agentGpuIds).toEqual([]);
  });

  it.each(['GPU-1,GPU-1', 'two words', Array.from({ length: 65 }, (_, at) => at).join()])(
    'is not what no machine has: %s',
    (text) => {
      expect(() => readConfig(AgentConfig, { STOWAGE_AGENT_GPU_IDS: text })).toThrow('STOWAGE_AGENT_GPU_IDS');
    },
  );
});

describe('where an instance says that it is reached', () => {
  it.each<[string, string | undefined, string | undefined, string]>([
    ['0.0.0.0', '192.0.2.7', '192.0.2.7', 'another machine, at the address it is seen at'],
    ['0.0.0.0', '127.0.0.1', undefined, 'the control plane’s own machine, which goes without saying'],
    ['0.0.0.0', undefined, undefined, 'not known before it is connected'],
    ['127.0.1.2', '127.0.0.1', '127.0.1.2', 'one of several on a machine, at the address that its ports are on'],
    ['192.0.2.8', '192.0.2.7', '192.0.2.8', 'at the address that it was told to bind'],
  ])('bound on %s and seen as %s is %s: %s', (bind, seenAs, expected, _where) => {
    expect(address(bind, seenAs)).toBe(expected);
  });
});
