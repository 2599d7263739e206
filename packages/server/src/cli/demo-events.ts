// What happens in the simulated lab between two syncs.

import {
  type Cluster,
  createGuest,
  destroyGuest,
  type Guest,
  migrate,
  setConfig,
  setStatus,
  tick,
} from '@holdfast/domains/proxmox/simulator';

/** Moves the gauges, and lets one or two things happen. @returns them in words */
export function happen(cluster: Cluster, seconds: number): string[] {
  tick(cluster, { seconds, fraction: 0.8 });
  const events: string[] = [];
  for (let count = 1 + Math.floor(Math.random() * 2); count > 0; count--) events.push(one(cluster));
  return events;
}

function one(cluster: Cluster): string {
  const online = cluster.nodes.filter((node) => node.online).map((node) => node.name);
  const guests = [...cluster.guests.values()].filter(
    (guest) => online.includes(guest.node) && guest.config.template !== 1 && guest.config.lock === undefined,
  );
  const guest = pick(guests);
  const name = `${guest.type}/${guest.vmid}`;
  switch (Math.floor(Math.random() * 5)) {
    case 0: {
      const to = guest.status === 'running' ? 'stopped' : 'running';
      setStatus(cluster, guest.vmid, to);
      return `${name} is ${to}`;
    }
    case 1: {
      const node = pick(online.filter((candidate) => candidate !== guest.node));
      migrate(cluster, guest.vmid, node);
      return `${name} moved to ${node}`;
    }
    case 2: {
      const cores = 1 + Math.floor(Math.random() * 8);
      setConfig(cluster, guest.vmid, { cores });
      return `${name} was given ${cores} cores`;
    }
    case 3: {
      const made = createGuest(cluster, {
        type: 'lxc',
        node: pick(online),
        name: `job-${Date.now() % 10_000}`,
      });
      return `lxc/${made.vmid} was made on ${made.node}`;
    }
    default:
      return destroyOne(cluster, guests);
  }
}

/** Only what the demo itself has made is ever destroyed. */
function destroyOne(cluster: Cluster, guests: readonly Guest[]): string {
  const made = guests.find((guest) => String(guest.config['hostname'] ?? '').startsWith('job-'));
  if (made === undefined) return 'nothing but new gauges';
  destroyGuest(cluster, made.vmid);
  return `lxc/${made.vmid} was destroyed`;
}

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;
