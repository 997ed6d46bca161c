import type { Filter } from './filter';

/** Work only goes where somebody is there to take it: a task is refused rather than left to wait. */
export const agentFilter: Filter = {
  name: 'agent',
  whyNot: (_request, { agentConnected }) => (agentConnected ? undefined : 'AGENT'),
};
