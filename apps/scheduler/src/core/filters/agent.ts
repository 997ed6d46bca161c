import type { Filter } from './filter';

/** The agent is connected, and it has confirmed the clean-up of tasks that were given up. */
export const agentFilter: Filter = {
  fits: (_request, { instance }) => instance.agentConnected && instance.lostAt === undefined,
  explain: (_request, { instance }) => ({
    rule: 'agent',
    reason: 'AGENT',
    asked: 'connected',
    there: instance.lostAt === undefined ? 'disconnected' : 'lost, and not cleared yet',
    curedBy: instance.lostAt === undefined ? ['InstanceConnectionChanged'] : ['InstanceRecovered'],
  }),
};
