// makeCluster: a made-up cluster of any size, the same for the same options.

import { makeRandom } from '../../random.ts';
import { makeGuest, makeTemplate, startGauges } from './make-guest.ts';
import { makeNode } from './make-node.ts';
import { makeStorage } from './make-storage.ts';
import { makePastTask } from './make-task.ts';
import type { Cluster, Guest, GuestType, Making } from './model.ts';
import { containerNames, machineNames } from './words.ts';

/** The clock of clusters that are not given one: 2026-01-01T00:00:00Z, so that runs are repeatable. */
const defaultNow = 1_767_225_600;

/** How big a cluster is. Every count defaults to a small lab. */
export interface ClusterOptions {
  /** Default 3; 1 gives a single host without a cluster. */
  nodes?: number;
  /** Virtual machines; default 10. */
  vms?: number;
  /** Default 5. */
  containers?: number;
  /** Entries of storage.cfg, all types in turn; default 5. */
  storages?: number;
  /** Finished tasks in the last 30 days; default 20. A node lists only what fits its task index. */
  tasks?: number;
  seed?: number;
  name?: string;
  /** Epoch seconds of the cluster's clock; default 2026-01-01T00:00:00Z. */
  now?: number;
}

const month = 30 * 86_400;

/** A cluster with nodes but nothing on them. */
export const emptyCluster = (options: {
  nodes: number;
  seed: number;
  name: string;
  now: number;
}): Cluster => {
  const making: Making = { random: makeRandom(options.seed), now: options.now };
  return {
    name: options.name,
    configVersion: options.nodes,
    quorate: true,
    nodes: Array.from({ length: options.nodes }, (_, at) => makeNode(making, `pve${at + 1}`, at + 1)),
    guests: new Map(),
    storages: [],
    pools: [],
    ha: new Map(),
    tasks: [],
    taskIndexBytes: 50_000,
    now: options.now,
    random: making.random,
    lastPid: 1000,
  };
};

const addGuests = (cluster: Cluster, type: GuestType, count: number, firstVmid: number): void => {
  const { random, now, nodes } = cluster;
  const names = type === 'qemu' ? machineNames : containerNames;
  for (let at = 0; at < count; at += 1) {
    const vmid = firstVmid + at;
    const node = nodes[at % nodes.length];
    if (node === undefined) return;
    const name = `${names[at % names.length]}-${Math.floor(at / names.length) + 1}`;
    const born = now - month - random.below(12 * month);
    const guest: Guest = makeGuest(cluster, { vmid, type, node: node.name, name, disks: 'local-lvm', born });
    const luck = random.next();
    if (luck < 0.02) makeTemplate(guest);
    else if (luck < 0.8) {
      cluster.lastPid += 1 + random.below(40);
      startGauges(cluster, guest, cluster.lastPid, 60 + random.below(Math.min(month, node.uptime)));
      if (type === 'qemu' && luck < 0.03) guest.qmpstatus = 'paused';
    } else if (type === 'qemu' && luck > 0.985) guest.config.lock = 'suspended';
    cluster.guests.set(vmid, guest);
  }
};

const addTasks = (cluster: Cluster, count: number): void => {
  const guests = [...cluster.guests.values()];
  const step = month / Math.max(1, count);
  for (let at = 0; at < count; at += 1) {
    const guest = guests.length > 0 && at % 5 !== 4 ? cluster.random.pick(guests) : undefined;
    const node = guest?.node ?? cluster.random.pick(cluster.nodes).name;
    cluster.lastPid += 1 + cluster.random.below(30);
    const started = Math.floor(cluster.now - month + at * step);
    cluster.tasks.push(makePastTask(cluster, { node, guest }, started, cluster.lastPid));
  }
};

/**
 * Makes a cluster: nodes `pve1`..., VMIDs from 100 counted through machines and then containers, four in five running,
 * one in fifty a template. The same options give the same cluster, bit for bit.
 */
export const makeCluster = (options: ClusterOptions = {}): Cluster => {
  const cluster = emptyCluster({
    nodes: options.nodes ?? 3,
    seed: options.seed ?? 1,
    name: options.name ?? 'cluster',
    now: options.now ?? defaultNow,
  });
  for (let at = 0; at < (options.storages ?? 5); at += 1) {
    cluster.storages.push(makeStorage(at, 0.1 + 0.8 * cluster.random.next()));
  }
  const vms = options.vms ?? 10;
  addGuests(cluster, 'qemu', vms, 100);
  addGuests(cluster, 'lxc', options.containers ?? 5, 100 + vms);
  addTasks(cluster, options.tasks ?? 20);
  return cluster;
};
