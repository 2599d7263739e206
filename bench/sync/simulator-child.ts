// A process of its own that serves a simulated cluster over HTTP, and changes it when told to.

import { makeCluster, setConfig, startSimulator, tick } from '@holdfast/domains/proxmox/simulator';

export interface ClusterSize {
  readonly nodes: number;
  readonly guests: number;
  readonly storages: number;
  readonly tasks: number;
}

/** What happens between two sweeps. */
export interface Moves {
  /** Part of the running guests whose gauges move; their uptime does for all of them. */
  readonly gauges?: number;
  /** Part of the guests whose configuration is edited. */
  readonly configs?: number;
}

export type Order = { readonly make: ClusterSize } | { readonly move: Moves };
export type Answer = { readonly url: string; readonly token: string } | { readonly moved: number };

let cluster = makeCluster({ nodes: 1, vms: 0, containers: 0, tasks: 0 });
let round = 0;

async function make({ nodes, guests, storages, tasks }: ClusterSize): Promise<Answer> {
  const vms = Math.ceil(guests / 2);
  cluster = makeCluster({ nodes, vms, containers: guests - vms, storages, tasks });
  const { url, token } = await startSimulator({ cluster, tls: false });
  return { url, token };
}

/** Every edited guest gets another name, number of cores, set of tags and description. */
function move({ gauges = 0, configs = 0 }: Moves): Answer {
  round++;
  if (gauges > 0) tick(cluster, { seconds: 30, fraction: gauges });
  const every = configs === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / configs);
  let moved = 0;
  for (const [index, { vmid, type }] of [...cluster.guests.values()].entries()) {
    if ((index + round) % every !== 0) continue;
    moved++;
    setConfig(cluster, vmid, {
      [type === 'qemu' ? 'name' : 'hostname']: `renamed-${vmid}-${round}`,
      cores: 1 + (round % 8),
      tags: `bench;round-${round}`,
      description: `edited in round ${round}\n`,
    });
  }
  return { moved };
}

process.on('message', (order: Order) => {
  const answer = 'make' in order ? make(order.make) : move(order.move);
  void Promise.resolve(answer).then((value) => process.send!(value));
});
process.on('disconnect', () => process.exit());
