// Rows of virtual machines, as the per-node calls give them.
import type { Row } from './json.ts';
import type { Cluster, ClusterNode, Guest, GuestConfig } from './model.ts';
import type { Profile } from './profile.ts';
import { diskSize, guestMemory, mib } from './sizes.ts';

const bootDisks = ['scsi0', 'virtio0', 'sata0', 'ide0'];

/** Virtual processors of a machine: what its settings ask for, at most what the host has. */
export const machineCpus = (config: GuestConfig, node: ClusterNode | undefined): number => {
  const asked = Number(config.sockets ?? 1) * Number(config.cores ?? 1);
  return Number(config.vcpus ?? Math.min(asked, node?.cpus ?? asked));
};

/** Bytes of the boot disk; 0 when the machine has none. */
export const machineDisk = (config: GuestConfig): number => {
  for (const key of bootDisks) {
    const disk = config[key];
    if (typeof disk === 'string') return diskSize(disk) ?? 0;
  }
  return 0;
};

/** The six pressure shares, in percent with two digits, that fit how busy a guest is. */
export const pressures = (guest: Guest): Record<string, number> => {
  const busy = (factor: number): number => Math.round(guest.cpu * factor * 100) / 100;
  return {
    pressurecpusome: busy(4),
    pressurecpufull: busy(1),
    pressureiosome: busy(2),
    pressureiofull: busy(1.5),
    pressurememorysome: busy(0.3),
    pressurememoryfull: busy(0.1),
  };
};

/** Lock, template and pid: only when there is something to say, except in old versions, which always name them. */
export const optionalFields = (row: Row, guest: Guest, pid: number | string, profile: Profile): void => {
  const { config } = guest;
  const template = Number(config.template ?? 0) === 1;
  if (profile.emptyFields) {
    row.template = template ? 1 : '';
    row.lock = config.lock ?? '';
    row.pid = guest.status === 'running' ? pid : null;
  } else {
    if (template) row.template = 1;
    if (config.lock !== undefined) row.lock = config.lock;
    if (guest.status === 'running') row.pid = pid;
  }
  if (config.tags !== undefined) row.tags = config.tags;
};

const monitorFields = (row: Row, guest: Guest): void => {
  const { config } = guest;
  row.qmpstatus = guest.status === 'stopped' ? 'stopped' : (guest.qmpstatus ?? 'running');
  if (guest.status === 'stopped') return;
  row.diskread = guest.diskread;
  row.diskwrite = guest.diskwrite;
  row['running-machine'] = 'pc-i440fx-9.2+pve1';
  row['running-qemu'] = '9.2.0';
  row['proxmox-support'] = { 'pbs-dirty-bitmap': 1, 'query-bitmap-info': 1, 'backup-max-workers': 1 };
  row.nics = { [`tap${guest.vmid}i0`]: { netin: guest.netin, netout: guest.netout } };
  row.blockstat = {
    scsi0: {
      rd_bytes: guest.diskread,
      wr_bytes: guest.diskwrite,
      rd_operations: guest.diskread >> 14,
      failed_rd_operations: 0,
    },
  };
  const maxmem = guestMemory(config);
  const actual = Number(config.balloon ?? 0) > 0 ? Math.max(guest.mem, maxmem / 2) : maxmem;
  row.balloon = actual;
  row.freemem = maxmem - guest.mem;
  row.ballooninfo = { actual, max_mem: maxmem, total_mem: maxmem, free_mem: maxmem - guest.mem };
};

/** A row of `/nodes/{node}/qemu`; `full` adds what only the monitor of each machine knows. */
export const machineRow = (
  guest: Guest,
  node: ClusterNode | undefined,
  profile: Profile,
  full: boolean,
): Row => {
  const { config } = guest;
  const asText = profile.qemuIdsAsText;
  const row: Row = {
    vmid: asText ? String(guest.vmid) : guest.vmid,
    name: config.name ?? `VM ${guest.vmid}`,
    status: guest.status,
    cpus: machineCpus(config, node),
    cpu: guest.cpu,
    maxmem: guestMemory(config),
    mem: guest.mem,
    maxdisk: machineDisk(config),
    // The product cannot tell how full a machine's disk is, and says 0; it counts disk traffic only in the full list.
    disk: 0,
    diskread: 0,
    diskwrite: 0,
    netin: guest.netin,
    netout: guest.netout,
    uptime: guest.uptime,
  };
  optionalFields(row, guest, asText ? String(guest.pid) : guest.pid, profile);
  const balloon = Number(config.balloon ?? 0);
  if (balloon > 0) {
    row.balloon_min = balloon * mib;
    row.shares = config.shares ?? 1000;
  }
  if (config.serial0 !== undefined) row.serial = 1;
  if (profile.pressure) {
    row.memhost = guest.memhost;
    if (guest.status === 'running') Object.assign(row, pressures(guest));
  }
  if (full) monitorFields(row, guest);
  return row;
};

/** The `ha` part of a guest's status. */
export const haStatus = (cluster: Cluster, guest: Guest): Row => {
  const resource = cluster.ha.get(guest.vmid);
  if (resource === undefined) return { managed: 0 };
  return { managed: 1, state: resource.state, group: resource.group };
};
