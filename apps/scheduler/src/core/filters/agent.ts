import type { Filter } from './filter';

/** Work only goes where somebody is there to take it, and is not still clearing away what was given up. */
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
