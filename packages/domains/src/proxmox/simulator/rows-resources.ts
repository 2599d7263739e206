// Rows of /cluster/resources: everything in the cluster in one list.

import type { Random } from '../../random.ts';
import type { Json, Row } from './json.ts';
import type { Cluster, ClusterNode, Guest } from './model.ts';
import type { Permissions } from './permissions.ts';
import type { Profile } from './profile.ts';
import { containerCpus, containerDisk, containerName } from './rows-container.ts';
import { machineCpus, machineDisk } from './rows-machine.ts';
import { nodeRow } from './rows-node.ts';
import { storageEnabled, storageResource } from './rows-storage.ts';
import { guestMemory } from './sizes.ts';

/** What the rows depend on besides the cluster. */
export interface ResourceView {
  cluster: Cluster;
  profile: Profile;
  permissions: Permissions;
  random: Random;
  /** Asked kind of rows; absent means all. */
  type: string | undefined;
}

/**
 * A guest as the cluster file system and the last gauges of its node describe it. Once those gauges are too old, or the
 * node is gone, only identity is left with status `unknown`: name, template flag and sizes come from the gauges.
 */
const guestResource = (
  cluster: Cluster,
  guest: Guest,
  node: ClusterNode | undefined,
  profile: Profile,
): Row => {
  const { config } = guest;
  const machine = guest.type === 'qemu';
  const row: Row = {
    id: `${guest.type}/${guest.vmid}`,
    vmid: guest.vmid,
    node: guest.node,
    type: guest.type,
    status: 'unknown',
  };
  if (node !== undefined && (node.online ? !node.statisticsStuck : !node.stale)) {
    row.status = guest.status;
    row.name = machine ? (config.name ?? `VM ${guest.vmid}`) : containerName(guest);
    row.template = Number(config.template ?? 0);
    row.maxcpu = machine ? machineCpus(config, node) : containerCpus(config, node);
    row.cpu = guest.cpu;
    row.maxmem = guestMemory(config);
    row.mem = guest.mem;
    row.maxdisk = machine ? machineDisk(config) : containerDisk(guest);
    row.disk = guest.disk;
    row.netin = guest.netin;
    row.netout = guest.netout;
    row.diskread = guest.diskread;
    row.diskwrite = guest.diskwrite;
    row.uptime = guest.uptime;
    if (profile.pressure) row.memhost = machine ? guest.memhost : 0;
  }
  // These come from files that all nodes share, so they outlive the node.
  if (guest.pool !== undefined) row.pool = guest.pool;
  if (config.lock !== undefined) row.lock = config.lock;
  if (profile.tagsInResources && config.tags !== undefined) row.tags = config.tags;
  const ha = cluster.ha.get(guest.vmid);
  if (ha !== undefined) row.hastate = ha.state;
  return row;
};

// A pool adds up its running guests, those included that the caller may not see.
const poolRows = (cluster: Cluster, rows: ReadonlyMap<number, Row>, permissions: Permissions): Row[] => {
  const pools = new Map<string, Record<string, Json>>();
  for (const { poolid } of cluster.pools) {
    if (permissions.check('Pool.Audit', `/pool/${poolid}`)) {
      pools.set(poolid, { id: `/pool/${poolid}`, pool: poolid, type: 'pool' });
    }
  }
  if (pools.size === 0) return [];
  for (const [vmid, row] of rows) {
    const pool = pools.get(cluster.guests.get(vmid)?.pool ?? '');
    if (pool === undefined || !row.uptime) continue;
    const sum = (key: string): number => Number(pool[key] ?? 0) + Number(row[key]);
    const busy = Number(pool.cpu ?? 0) * Number(pool.maxcpu ?? 0) + Number(row.cpu) * Number(row.maxcpu);
    pool.uptime = Math.max(Number(pool.uptime ?? 0), Number(row.uptime));
    pool.mem = sum('mem');
    pool.maxmem = sum('maxmem');
    pool.maxcpu = sum('maxcpu');
    pool.cpu = busy / pool.maxcpu;
  }
  return [...pools.values()];
};

const zoneRow = (node: string, profile: Profile): Row =>
  profile.zoneRows === 'sdn'
    ? { id: `sdn/${node}/localnetwork`, sdn: 'localnetwork', node, type: 'sdn', status: 'ok' }
    : {
        id: `network/${node}/zone/localnetwork`,
        network: 'localnetwork',
        'network-type': 'zone',
        node,
        type: 'network',
        status: 'ok',
      };

const nodeRows = ({ cluster, profile, permissions }: ResourceView): Row[] =>
  cluster.nodes.map((node) => {
    const row = nodeRow(node, permissions.check('Sys.Audit', `/nodes/${node.name}`));
    if (profile.cgroupMode) row['cgroup-mode'] = 2;
    if (profile.hostArch) row['host-arch'] = 'x86_64';
    if (profile.hostArch && cluster.ha.size > 0) row.hastate = node.online ? 'online' : 'unknown';
    return row;
  });

/** All rows that the caller may see, in no particular order. */
export const resourceRows = (view: ResourceView): Row[] => {
  const { cluster, profile, permissions, random, type } = view;
  const rows: Row[] = [];
  const nodes = new Map(cluster.nodes.map((node) => [node.name, node]));
  if (type === undefined || type === 'vm') {
    const guests = new Map<number, Row>();
    for (const guest of cluster.guests.values()) {
      const row = guestResource(cluster, guest, nodes.get(guest.node), profile);
      guests.set(guest.vmid, row);
      if (permissions.check('VM.Audit', `/vms/${guest.vmid}`)) rows.push(row);
    }
    if (type === undefined) rows.push(...poolRows(cluster, guests, permissions));
    for (const row of guests.values()) {
      if (row.pool !== undefined && !permissions.check('Pool.Audit', `/pool/${row.pool}`)) delete row.pool;
    }
  }
  if (type === undefined || type === 'node') rows.push(...nodeRows(view));
  for (const node of cluster.nodes) {
    if (type === undefined || type === 'storage') {
      for (const storage of cluster.storages) {
        if (!permissions.check('Datastore.Audit', `/storage/${storage.storage}`)) continue;
        if (storageEnabled(storage, node.name)) rows.push(storageResource(storage, node, random));
      }
    }
    const zones = profile.zoneRows !== 'none' && (type === undefined || type === 'sdn') && node.online;
    if (zones && permissions.check('SDN.Audit', '/sdn/zones/localnetwork'))
      rows.push(zoneRow(node.name, profile));
  }
  return rows;
};
