// Made-up guests: a configuration plus gauges that fit their status.
import { containerConfig, machineConfig } from './make-config.ts';
import type { Guest, GuestConfig, GuestType, Making } from './model.ts';
import { gib, guestMemory, mib, pages } from './sizes.ts';

/** A stopped guest: every gauge at zero, which is what the product reports for it. */
const stoppedGuest = (type: GuestType, vmid: number, node: string, config: GuestConfig): Guest => ({
  vmid,
  type,
  node,
  status: 'stopped',
  config,
  pid: 0,
  cpu: 0,
  mem: 0,
  memhost: 0,
  swap: 0,
  disk: 0,
  uptime: 0,
  netin: 0,
  netout: 0,
  diskread: 0,
  diskwrite: 0,
});

/** Gives a guest a process and the gauges of one that has been running for `uptime` seconds. */
export const startGauges = (making: Making, guest: Guest, pid: number, uptime: number): void => {
  const { random } = making;
  const maxmem = guestMemory(guest.config);
  guest.status = 'running';
  guest.pid = pid;
  guest.uptime = uptime;
  guest.cpu = random.next() ** 3;
  guest.mem = pages(maxmem * (0.1 + 0.8 * random.next()));
  guest.memhost = guest.mem + 64 * mib + random.below(128 * mib);
  guest.netin = uptime * random.below(20_000);
  guest.netout = uptime * random.below(10_000);
  guest.diskread = uptime * random.below(5_000);
  guest.diskwrite = uptime * random.below(9_000);
  if (guest.type === 'lxc') {
    guest.swap = random.below(64 * mib);
    guest.disk = random.below(4 * gib);
  }
};

/** Takes process and gauges away. */
export const stopGauges = (guest: Guest): void => {
  Object.assign(guest, stoppedGuest(guest.type, guest.vmid, guest.node, guest.config));
  delete guest.qmpstatus;
};

/** What a guest is made from; `born` is epoch seconds. */
export interface GuestPlan {
  vmid: number;
  type: GuestType;
  node: string;
  name: string;
  /** Storage of its disks. */
  disks: string;
  born: number;
}

/** A stopped guest with a fresh, realistic configuration. */
export const makeGuest = (making: Making, plan: GuestPlan): Guest =>
  stoppedGuest(
    plan.type,
    plan.vmid,
    plan.node,
    plan.type === 'qemu'
      ? machineConfig(making, plan.vmid, plan.name, plan.disks, plan.born)
      : containerConfig(making, plan.vmid, plan.name, plan.disks),
  );

/** Turns a stopped machine or container into a template, disk names included. */
export const makeTemplate = (guest: Guest): void => {
  guest.config.template = 1;
  delete guest.config.onboot;
  for (const key of ['scsi0', 'rootfs']) {
    const disk = guest.config[key];
    if (typeof disk === 'string') guest.config[key] = disk.replace(':vm-', ':base-');
  }
};
