// What can happen to a cluster while a simulator serves it: each function is one event and leaves what the real one leaves.

import type { Random } from '../../random.ts';
import { makeGuest, startGauges, stopGauges } from './make-guest.ts';
import { makeNode } from './make-node.ts';
import { makeTask, taskLog } from './make-task.ts';
import type { Cluster, ClusterNode, Guest, GuestConfig, GuestType, Storage, Task } from './model.ts';
import { gib, guestMemory, mib, pages } from './sizes.ts';

/** The guest with a VMID. Throws `Error` when the cluster has none. */
const guestOf = (cluster: Cluster, vmid: number): Guest => {
  const guest = cluster.guests.get(vmid);
  if (guest === undefined) throw new Error(`the simulated cluster has no guest ${vmid}`);
  return guest;
};

/** The node with a name. Throws `Error` when the cluster has none. */
export const nodeOf = (cluster: Cluster, name: string): ClusterNode => {
  const node = cluster.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`the simulated cluster has no node ${name}`);
  return node;
};

/** What `runTask` starts. `id` defaults to empty, `user` to root@pam. */
export interface TaskStart {
  node: string;
  type: string;
  id?: string;
  user?: string;
  log?: string[];
}

/** Starts a task on a node, at the cluster's present; it runs until `finishTask`. */
export const runTask = (cluster: Cluster, start: TaskStart): Task => {
  const node = nodeOf(cluster, start.node);
  cluster.lastPid += 1 + cluster.random.below(20);
  const task = makeTask(cluster, {
    node: start.node,
    type: start.type,
    id: start.id ?? '',
    user: start.user ?? 'root@pam',
    pid: cluster.lastPid,
    started: cluster.now + node.clockSkew,
    ...(start.log === undefined ? {} : { log: start.log }),
  });
  cluster.tasks.push(task);
  return task;
};

/** Ends a running task with `OK`, `WARNINGS: n` or an error text. Throws `Error` when no such task runs. */
export const finishTask = (cluster: Cluster, upid: string, status = 'OK'): Task => {
  const task = cluster.tasks.find((candidate) => candidate.upid === upid);
  if (task === undefined || task.endtime !== undefined) throw new Error(`no task runs as ${upid}`);
  // A node can leave the cluster while its tasks are still known, so its clock may be gone.
  const skew = cluster.nodes.find((node) => node.name === task.node)?.clockSkew ?? 0;
  task.endtime = Math.max(task.starttime, cluster.now + skew);
  task.status = status;
  task.log.push(...taskLog(task.type, task.id, status).slice(1));
  return task;
};

const didTask = (cluster: Cluster, node: string, type: string, vmid: number): Task =>
  finishTask(cluster, runTask(cluster, { node, type, id: String(vmid) }).upid);

// A step of a walk that stays between a twentieth and all but a twentieth of the whole.
const wander = (random: Random, used: number, whole: number): number =>
  pages(Math.min(whole * 0.95, Math.max(whole * 0.05, used + (random.next() - 0.5) * 0.04 * whole)));

/**
 * Lets time pass: the clock, uptimes and counters of nodes and running guests advance by `seconds`, and the gauges of
 * all online nodes and of `fraction` (0..1, default 1) of the running guests move. Guests of offline nodes stand still.
 */
export const tick = (cluster: Cluster, options: { seconds: number; fraction?: number }): void => {
  const { random } = cluster;
  const { seconds, fraction = 1 } = options;
  cluster.now += seconds;
  const awake = new Set<string>();
  for (const node of cluster.nodes) {
    if (!node.online) continue;
    awake.add(node.name);
    node.uptime += seconds;
    node.cpu = Math.min(1, Math.max(0.001, node.cpu + (random.next() - 0.5) * 0.1));
    node.mem = wander(random, node.mem, node.maxmem);
    node.loadavg = [node.cpu * node.cpus, node.loadavg[0], node.loadavg[1]];
  }
  for (const guest of cluster.guests.values()) {
    if (guest.status !== 'running' || !awake.has(guest.node)) continue;
    guest.uptime += seconds;
    if (fraction < 1 && random.next() >= fraction) continue;
    guest.cpu = random.next() ** 3;
    guest.mem = wander(random, guest.mem, guestMemory(guest.config));
    guest.memhost = guest.mem + 100 * mib;
    guest.netin += Math.floor(seconds * random.below(50_000));
    guest.netout += Math.floor(seconds * random.below(20_000));
    guest.diskread += Math.floor(seconds * random.below(10_000));
    guest.diskwrite += Math.floor(seconds * random.below(20_000));
  }
};

/** Edits a guest's settings, as an inline edit does: the digest changes and no task appears. Null removes a setting. */
export const setConfig = (
  cluster: Cluster,
  vmid: number,
  patch: Record<string, string | number | null>,
): void => {
  const { config } = guestOf(cluster, vmid);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete config[key];
    else config[key] = value;
  }
};

/** Queues changes for the next start of a guest; they show in the default answer, not in the one with `current=1`. */
export const setPending = (
  cluster: Cluster,
  vmid: number,
  patch: Record<string, string | number | null>,
): void => {
  const guest = guestOf(cluster, vmid);
  guest.pending = { ...guest.pending, ...patch };
};

/** Takes a snapshot, with its task. The guest's settings stay, its digest changes. */
export const takeSnapshot = (cluster: Cluster, vmid: number, name: string): Task => {
  const guest = guestOf(cluster, vmid);
  guest.snapshots = { ...guest.snapshots, [name]: { ...guest.config, snaptime: cluster.now } };
  guest.config.parent = name;
  return didTask(cluster, guest.node, guest.type === 'qemu' ? 'qmsnapshot' : 'vzsnapshot', vmid);
};

const starts = { qemu: 'qmstart', lxc: 'vzstart' } as const;
const stops = { qemu: 'qmstop', lxc: 'vzstop' } as const;
const pauses = { paused: 'qmpause', running: 'qmresume' } as const;

/**
 * Starts, stops or pauses a guest, with the task that does it. A start resets counters and applies pending changes;
 * `paused` is only for machines that run. The same status again changes nothing and gives undefined.
 */
export const setStatus = (
  cluster: Cluster,
  vmid: number,
  status: 'running' | 'stopped' | 'paused',
): Task | undefined => {
  const guest = guestOf(cluster, vmid);
  const before = guest.status === 'running' ? (guest.qmpstatus ?? 'running') : 'stopped';
  if (before === status) return undefined;
  if (status === 'stopped') {
    stopGauges(guest);
    return didTask(cluster, guest.node, stops[guest.type], vmid);
  }
  if (before === 'stopped') {
    const { pending } = guest;
    delete guest.pending;
    if (pending !== undefined) setConfig(cluster, vmid, pending);
    cluster.lastPid += 1;
    startGauges(cluster, guest, cluster.lastPid, 1);
    if (status === 'running') return didTask(cluster, guest.node, starts[guest.type], vmid);
  }
  if (guest.type === 'lxc') throw new Error('a container cannot be paused');
  delete guest.qmpstatus;
  if (status === 'paused') guest.qmpstatus = 'paused';
  return didTask(cluster, guest.node, pauses[status], vmid);
};

/** Moves a guest to another node, with the task on the node it leaves. Its identity and settings stay. */
export const migrate = (cluster: Cluster, vmid: number, node: string): Task => {
  const guest = guestOf(cluster, vmid);
  nodeOf(cluster, node);
  const task = didTask(cluster, guest.node, guest.type === 'qemu' ? 'qmigrate' : 'vzmigrate', vmid);
  guest.node = node;
  return task;
};

/** What `createGuest` makes. `vmid` defaults to the lowest free one, `disks` to local-lvm. */
export interface NewGuest {
  type: GuestType;
  node: string;
  name: string;
  vmid?: number;
  disks?: string;
  /** Put over the made-up settings. */
  config?: GuestConfig;
}

/** The lowest VMID from 100 that no guest has: ids are used again after a deletion. */
export const nextVmid = (cluster: Cluster): number => {
  let vmid = 100;
  while (cluster.guests.has(vmid)) vmid += 1;
  return vmid;
};

/** Creates a stopped guest, with its qmcreate or vzcreate task. Throws `Error` when the VMID is taken. */
export const createGuest = (cluster: Cluster, plan: NewGuest): Guest => {
  nodeOf(cluster, plan.node);
  const vmid = plan.vmid ?? nextVmid(cluster);
  if (cluster.guests.has(vmid)) throw new Error(`VM ${vmid} already exists`);
  const guest = makeGuest(cluster, {
    vmid,
    type: plan.type,
    node: plan.node,
    name: plan.name,
    disks: plan.disks ?? 'local-lvm',
    born: cluster.now,
  });
  Object.assign(guest.config, plan.config);
  cluster.guests.set(vmid, guest);
  didTask(cluster, plan.node, plan.type === 'qemu' ? 'qmcreate' : 'vzcreate', vmid);
  return guest;
};

/** Deletes a guest with its HA entry, leaving its qmdestroy or vzdestroy task. */
export const destroyGuest = (cluster: Cluster, vmid: number): Task => {
  const guest = guestOf(cluster, vmid);
  cluster.guests.delete(vmid);
  cluster.ha.delete(vmid);
  return didTask(cluster, guest.node, guest.type === 'qemu' ? 'qmdestroy' : 'vzdestroy', vmid);
};

/**
 * Deletes a guest and creates another with the same VMID, node and settings: a new incarnation, told apart by UUID,
 * generation id and creation time (machines), by its network address (containers) and by the destroy and create tasks.
 */
export const recreateGuest = (cluster: Cluster, vmid: number): Guest => {
  const old = guestOf(cluster, vmid);
  const { lock: _lock, parent: _parent, ...kept } = old.config;
  destroyGuest(cluster, vmid);
  cluster.now += 1;
  const name = String(kept.name ?? kept.hostname ?? '');
  const guest = createGuest(cluster, { type: old.type, node: old.node, name, vmid });
  const fresh: GuestConfig = {};
  for (const key of ['net0', 'meta', 'smbios1', 'vmgenid']) {
    const value = guest.config[key];
    if (value !== undefined) fresh[key] = value;
  }
  guest.config = { ...kept, ...fresh };
  return guest;
};

/**
 * Takes a node down or brings it back. Down means 595 for calls to it; `stale` (default true) says whether its last
 * gauges are already over 300 seconds old. A node that comes back has booted: its guests have fresh counters.
 */
export const setNodeOnline = (cluster: Cluster, name: string, online: boolean, stale = true): void => {
  const node = nodeOf(cluster, name);
  const boots = online && !node.online;
  node.online = online;
  node.stale = !online && stale;
  if (!boots) return;
  node.uptime = 60;
  for (const guest of cluster.guests.values()) {
    if (guest.node !== name || guest.status !== 'running') continue;
    stopGauges(guest);
    if (Number(guest.config.onboot ?? 0) !== 1) continue;
    cluster.lastPid += 1;
    startGauges(cluster, guest, cluster.lastPid, 30);
  }
};

/** Lets the daemon that gathers a node's gauges hang, or go on. The node itself is up, and says so where it is asked. */
export const setStatisticsStuck = (cluster: Cluster, name: string, stuck: boolean): void => {
  nodeOf(cluster, name).statisticsStuck = stuck;
};

/** Joins a new node. Throws `Error` when the name is taken. */
export const addNode = (cluster: Cluster, name: string): ClusterNode => {
  if (cluster.nodes.some((node) => node.name === name)) throw new Error(`node ${name} exists`);
  const nodeid = Math.max(0, ...cluster.nodes.map((node) => node.nodeid)) + 1;
  const node = makeNode(cluster, name, nodeid);
  cluster.nodes.push(node);
  cluster.configVersion += 1;
  return node;
};

/** Removes a node with the guests that are still on it, as `pvecm delnode` and a cleaned-up directory do. */
export const removeNode = (cluster: Cluster, name: string): void => {
  nodeOf(cluster, name);
  cluster.nodes = cluster.nodes.filter((node) => node.name !== name);
  for (const guest of [...cluster.guests.values()]) {
    if (guest.node === name) cluster.guests.delete(guest.vmid);
  }
  cluster.configVersion += 1;
};

/** Adds an entry to storage.cfg; what is left out describes an empty 100 GiB directory. Its digest changes everywhere. */
export const addStorage = (cluster: Cluster, entry: Partial<Storage> & Pick<Storage, 'storage'>): Storage => {
  if (cluster.storages.some((storage) => storage.storage === entry.storage)) {
    throw new Error(`storage ID '${entry.storage}' already defined`);
  }
  const storage: Storage = {
    type: 'dir',
    content: ['images', 'rootdir'],
    shared: false,
    disabled: false,
    settings: { path: `/srv/${entry.storage}` },
    total: 100 * gib,
    used: 0,
    inactiveOn: [],
    ...entry,
  };
  cluster.storages.push(storage);
  return storage;
};

/** Removes an entry from storage.cfg. Throws `Error` when there is none. */
export const removeStorage = (cluster: Cluster, name: string): void => {
  const at = cluster.storages.findIndex((storage) => storage.storage === name);
  if (at < 0) throw new Error(`storage '${name}' does not exist`);
  cluster.storages.splice(at, 1);
};
