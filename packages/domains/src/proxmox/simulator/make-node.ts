// Made-up nodes.
import type { ClusterNode, Making } from './model.ts';
import { gib, pages } from './sizes.ts';
import { processors } from './words.ts';

/** SHA-256-like fingerprint text: 32 bytes, upper-case hex with colons. */
const fingerprint = (making: Making): string =>
  (making.random.hex(64).toUpperCase().match(/../g) as string[]).join(':');

/** An online node with a processor, memory and a root disk; its id becomes the last part of its address. */
export const makeNode = (making: Making, name: string, nodeid: number): ClusterNode => {
  const { random } = making;
  const processor = random.pick(processors);
  const maxmem = pages(processor.cpus * 4 * gib - random.below(gib));
  const maxdisk = 94 * gib;
  const load = random.next() * processor.cpus * 0.5;
  return {
    name,
    nodeid,
    ip: `192.0.2.${nodeid + 10}`,
    online: true,
    stale: false,
    unreachable: 'No route to host',
    fingerprint: fingerprint(making),
    cpus: processor.cpus,
    sockets: processor.sockets,
    cpuModel: processor.model,
    cpu: random.next() * 0.4,
    maxmem,
    mem: pages(maxmem * (0.2 + 0.6 * random.next())),
    maxdisk,
    disk: pages(maxdisk * (0.05 + 0.3 * random.next())),
    uptime: 86_400 + random.below(200 * 86_400),
    loadavg: [load, load * 0.9, load * 0.8],
    clockSkew: 0,
  };
};
