import type { Filter } from './filter';

/** Work only goes where somebody is there to take it, and is not still clearing away what was given up. */
export const agentFilter: Filter = {
  name: 'agent',
  whyNot: (_request, { agentConnected, lostAt }) => (agentConnected && lostAt === undefined ? undefined : 'AGENT'),
};
