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

describe('the GPUs of an instance', () => {
  it('are those of the setting', () => {
    const config = readConfig(AgentConfig, { STOWAGE_AGENT_GPU_IDS: 'GPU-1, GPU-2' });
    expect(instanceSettings(config, identity, known).gpuIds).toEqual(['GPU-1', 'GPU-2']);
    expect(readConfig(AgentConfig, {}).agentGpuIds).toEqual([]);
  });

  it.each(['GPU-1,GPU-1', 'two words', Array.from({ length: 65 }, (_, at) => at).join()])(
    'cannot be set to %s',
    (text) => {
      expect(() => readConfig(AgentConfig, { STOWAGE_AGENT_GPU_IDS: text })).toThrow('STOWAGE_AGENT_GPU_IDS');
    },
  );
});

describe('the address of an instance', () => {
  it.each<[string, string | undefined, string | undefined, string]>([
    ['0.0.0.0', '192.0.2.7', '192.0.2.7', 'another machine, which the control plane sees at its own address'],
    ['0.0.0.0', '127.0.0.1', undefined, 'the machine of the control plane, for which no address is needed'],
    ['0.0.0.0', undefined, undefined, 'unknown before the agent is connected'],
    ['127.0.1.2', '127.0.0.1', '127.0.1.2', 'one of several agents on a machine, at the address of its ports'],
    ['192.0.2.8', '192.0.2.7', '192.0.2.8', 'the address that the ports are bound to'],
  ])('bound on %s and seen as %s is %s: %s', (bind, seenAs, expected, _where) => {
    expect(address(bind, seenAs)).toBe(expected);
  });
});
