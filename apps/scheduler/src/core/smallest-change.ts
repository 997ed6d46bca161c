import type { Candidate, PlacementRequest, Unfit } from './placement-request';

/** Returns the changes after which the instance passes the broken rule. */
export function changeFor(unfit: Unfit, request: PlacementRequest, candidate: Candidate): readonly string[] {
  switch (unfit.rule) {
    case 'status':
      return [`the container instance is ACTIVE instead of ${String(unfit.there)}`];
    case 'agent':
      return ['its agent is connected'];
    case 'launch-type':
      return [`launch type ${String(unfit.there)} is requested instead of ${String(unfit.asked)}`];
    case 'attributes':
      return [`it has the attribute ${String(unfit.asked)}`];
    case 'member-of':
      return [`it matches ${String(unfit.asked)}`];
    case 'distinct-instance':
      return [`${String(unfit.there)} task(s) of ${request.group} on it end`];
    case 'resources':
      return moreResources(request, candidate);
  }
}

/** All resources that are missing, not only the first one, which is reported. */
function moreResources({ resources }: PlacementRequest, { used, instance }: Candidate): readonly string[] {
  const { registered } = instance;
  const lack = (needed: number, has: number, taken: number): number => Math.max(0, needed - (has - taken));
  const cpu = resources.cpu > 0 ? lack(resources.cpu, registered.cpu, used.cpu) : 0;
  const memory = lack(resources.memory, registered.memory, used.memory);
  const gpus = lack(resources.gpus, registered.gpus.length, used.gpus.length);
  const taken = (ports: readonly number[], ...by: readonly (readonly number[])[]): readonly number[] =>
    ports.filter((port) => by.some((each) => each.includes(port)));
  const tcp = taken(resources.ports, used.ports, registered.ports);
  const udp = taken(resources.portsUdp, used.portsUdp, registered.portsUdp);
  return [
    ...(cpu > 0 ? [`${cpu} more CPU units are free`] : []),
    ...(memory > 0 ? [`${memory} MiB more memory are free`] : []),
    ...(gpus > 0 ? [`${gpus} more GPUs are free`] : []),
    ...tcp.map((port) => `port ${port}/tcp is free`),
    ...udp.map((port) => `port ${port}/udp is free`),
  ];
}
