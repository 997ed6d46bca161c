import { type LackingResource, lacking, type NeededResources, type Resources } from '@stowage/domain';
import type { Filter } from './filter';

/** The task fits next to all tasks on the instance that are not STOPPED. This is the first invariant of the ledger. */
export const resourcesFilter: Filter = {
  fits: ({ resources }, { used, instance }) => lacking(resources, used, instance.registered) === undefined,
  explain: ({ resources }, { used, instance: { registered } }) => {
    const resource = lacking(resources, used, registered) ?? 'CPU';
    return {
      rule: 'resources',
      reason: `RESOURCE:${resource}`,
      ...amounts(resource, { resources, used, registered }),
      curedBy: ['TaskStopped', 'TasksGivenUp', 'InstanceReregistered'],
    };
  },
};

interface Books {
  readonly resources: NeededResources;
  readonly used: Resources;
  readonly registered: Resources;
}

function amounts(
  resource: LackingResource,
  { resources, used, registered }: Books,
): { readonly asked: string | number; readonly there: string | number } {
  switch (resource) {
    case 'CPU':
      return { asked: resources.cpu, there: registered.cpu - used.cpu };
    case 'MEMORY':
      return { asked: resources.memory, there: registered.memory - used.memory };
    case 'GPU':
      return { asked: resources.gpus, there: registered.gpus.length - used.gpus.length };
    case 'PORTS': {
      const asked = [...portsIn(resources.ports, 'tcp'), ...portsIn(resources.portsUdp, 'udp')];
      const taken = new Set([
        ...portsIn([...used.ports, ...registered.ports], 'tcp'),
        ...portsIn([...used.portsUdp, ...registered.portsUdp], 'udp'),
      ]);
      return { asked: asked.join(), there: `taken: ${asked.filter((port) => taken.has(port)).join()}` };
    }
  }
}

const portsIn = (ports: readonly number[], protocol: 'tcp' | 'udp'): readonly string[] =>
  ports.map((port) => `${port}/${protocol}`);
