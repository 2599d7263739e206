// makeDemoCluster: the lab that a first-time user sees, with one node down and a few things worth noticing.
import { emptyCluster } from './cluster.ts';
import { type LabGuest, labContainers, labMachines } from './demo-lab.ts';
import { makeGuest, makeTemplate, startGauges } from './make-guest.ts';
import { makeStorage } from './make-storage.ts';
import { makePastTask, makeTask } from './make-task.ts';
import type { Cluster, GuestType } from './model.ts';

const day = 86_400;

const addGuest = (cluster: Cluster, type: GuestType, plan: LabGuest): void => {
  const { random } = cluster;
  const guest = makeGuest(cluster, {
    vmid: plan.vmid,
    type,
    node: `pve${plan.on}`,
    name: plan.name,
    disks: plan.disks ?? 'local-lvm',
    born: cluster.now - (30 + random.below(400)) * day,
  });
  delete guest.config.tags;
  if (plan.tags !== undefined) guest.config.tags = plan.tags;
  if (plan.pool !== undefined) guest.pool = plan.pool;
  if (plan.lock !== undefined) guest.config.lock = plan.lock;
  if (plan.ha) cluster.ha.set(plan.vmid, { state: 'started', group: 'prefer-fast' });
  if (plan.state === 'template') makeTemplate(guest);
  else if (plan.state !== 'stopped') {
    cluster.lastPid += 1 + random.below(400);
    startGauges(cluster, guest, cluster.lastPid, day + random.below(20 * day));
    if (plan.state === 'paused') guest.qmpstatus = 'paused';
  }
  cluster.guests.set(plan.vmid, guest);
};

const addStorages = (cluster: Cluster): void => {
  for (let at = 0; at < 7; at += 1)
    cluster.storages.push(makeStorage(at, 0.15 + 0.6 * cluster.random.next()));
  const zfs = cluster.storages.find((storage) => storage.type === 'zfspool');
  if (zfs !== undefined) zfs.nodes = ['pve2', 'pve3'];
};

const addTasks = (cluster: Cluster, count: number): void => {
  const { random, now } = cluster;
  const guests = [...cluster.guests.values()].filter((guest) => guest.config.template !== 1);
  for (let at = 0; at < count; at += 1) {
    // The node that is down has done nothing for two days.
    const started = now - 14 * day + Math.floor((at / count) * 13.9 * day);
    const awake = started < now - 2 * day ? guests : guests.filter((guest) => guest.node !== 'pve4');
    const guest = at % 6 === 5 ? undefined : random.pick(awake);
    cluster.lastPid += 1 + random.below(900);
    cluster.tasks.push(
      makePastTask(cluster, { node: guest?.node ?? 'pve1', guest }, started, cluster.lastPid),
    );
  }
};

/**
 * The lab "homelab": pve1..pve3 online, pve4 down for two days; 24 machines (2 templates, one paused, one locked by a
 * running backup, one HA managed), 12 containers, 7 storages, 60 tasks of which one runs and some failed.
 * Its clock starts at `now` (epoch seconds), by default the time of the call.
 */
export const makeDemoCluster = (options: { seed?: number; now?: number } = {}): Cluster => {
  const now = options.now ?? Math.floor(Date.now() / 1000);
  const cluster = emptyCluster({ nodes: 4, seed: options.seed ?? 7, name: 'homelab', now });
  addStorages(cluster);
  cluster.pools.push(
    { poolid: 'production', comment: 'Keep running', storages: ['ceph-vm', 'pbs'] },
    { poolid: 'lab', storages: [] },
  );
  for (const plan of labMachines) addGuest(cluster, 'qemu', plan);
  for (const plan of labContainers) addGuest(cluster, 'lxc', plan);
  addTasks(cluster, 59);
  cluster.lastPid += 100;
  cluster.tasks.push(
    makeTask(cluster, {
      node: 'pve2',
      type: 'vzdump',
      id: '102',
      user: 'root@pam',
      pid: cluster.lastPid,
      started: now - 240,
      log: [
        'INFO: starting new backup job: vzdump 102 --storage pbs --mode snapshot',
        'INFO: Starting Backup of VM 102 (qemu)',
        'INFO:  12% (4.1 GiB of 32.0 GiB) in 3m 51s, read: 18.2 MiB/s, write: 9.7 MiB/s',
      ],
    }),
  );
  const down = cluster.nodes[3];
  if (down !== undefined) Object.assign(down, { online: false, stale: true });
  return cluster;
};
