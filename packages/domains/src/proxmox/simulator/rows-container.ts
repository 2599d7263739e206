// Rows of containers, as the per-node calls give them.
import type { Row } from './json.ts';
import type { ClusterNode, Guest, GuestConfig } from './model.ts';
import type { Profile } from './profile.ts';
import { optionalFields, pressures } from './rows-machine.ts';
import { diskSize, gib, guestMemory, mib } from './sizes.ts';

/** Processors of a container: all of the host's when no limit is set. */
export const containerCpus = (config: GuestConfig, node: ClusterNode | undefined): number =>
  Number(config.cores ?? config.cpulimit ?? 0) || (node?.cpus ?? 1);

/**
 * Bytes of the root disk. While running it is the size of the file system, a little less than the disk; stopped it
 * is the disk's own, or 4 GiB when that is not known.
 */
export const containerDisk = (guest: Guest): number => {
  const rootfs = guest.config.rootfs;
  const size = (typeof rootfs === 'string' ? diskSize(rootfs) : undefined) ?? 4 * gib;
  return guest.status === 'running' ? Math.floor(size * 0.9768) : size;
};

/** Name of a container; the product makes one up when there is no host name. */
export const containerName = (guest: Guest): string => String(guest.config.hostname ?? `CT${guest.vmid}`);

/** A row of `/nodes/{node}/lxc`. */
export const containerRow = (guest: Guest, node: ClusterNode | undefined, profile: Profile): Row => {
  const { config } = guest;
  const asText = profile.lxcIdsAsText;
  const row: Row = {
    vmid: asText ? String(guest.vmid) : guest.vmid,
    type: 'lxc',
    name: containerName(guest),
    status: guest.status,
    cpus: containerCpus(config, node),
    cpu: guest.cpu,
    maxmem: guestMemory(config),
    mem: guest.mem,
    maxswap: Number(config.swap ?? 512) * mib,
    swap: guest.swap,
    maxdisk: containerDisk(guest),
    disk: guest.disk,
    diskread: guest.diskread,
    diskwrite: guest.diskwrite,
    netin: guest.netin,
    netout: guest.netout,
    uptime: guest.uptime,
  };
  optionalFields(row, guest, asText ? String(guest.pid) : guest.pid, profile);
  if (profile.pressure && guest.status === 'running') {
    // The same gauges as for machines, but as text.
    for (const [key, value] of Object.entries(pressures(guest))) row[key] = value.toFixed(2);
  }
  return row;
};
