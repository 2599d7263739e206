// Rows and status of nodes.
import type { Row } from './json.ts';
import type { ClusterNode } from './model.ts';
import type { Profile } from './profile.ts';
import { gib } from './sizes.ts';

/**
 * What both `/nodes` and `/cluster/resources` say of a node. Usage exists only for nodes that are online, maximum
 * values only while their last gauges are fresh, and neither without Sys.Audit: missing, never 0. Without any fresh
 * gauges of a node that is up, its status is unknown.
 */
export const nodeRow = (node: ClusterNode, audit: boolean): Row => {
  const row: Row = {
    id: `node/${node.name}`,
    node: node.name,
    type: 'node',
    status: node.online ? 'online' : 'offline',
  };
  if (node.online && node.statisticsStuck) return { ...row, status: 'unknown' };
  if (!node.online && node.stale) return row;
  row.level = '';
  if (!audit) return row;
  row.maxcpu = node.cpus;
  row.maxmem = node.maxmem;
  row.maxdisk = node.maxdisk;
  if (!node.online) return row;
  row.uptime = node.uptime;
  row.cpu = node.cpu;
  row.mem = node.mem;
  row.disk = node.disk;
  return row;
};

/** The data of `/nodes/{node}/status`. */
export const nodeStatus = (node: ClusterNode, profile: Profile): Row => {
  const free = node.maxmem - node.mem;
  const build = '#1 SMP PREEMPT_DYNAMIC PMX';
  const status: Row = {
    uptime: node.uptime,
    idle: 0,
    cpu: node.cpu,
    wait: node.cpu / 50,
    loadavg: node.loadavg.map((load) => load.toFixed(2)),
    kversion: `Linux ${profile.kernel} ${build}`,
    pveversion: `pve-manager/${profile.version}/${profile.repoid}`,
    cpuinfo: {
      cores: node.cpus / node.sockets,
      cpus: node.cpus,
      flags: 'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat vmx',
      hvm: '1',
      mhz: '2894.562',
      model: node.cpuModel,
      sockets: node.sockets,
      user_hz: 100,
    },
    memory: { free, total: node.maxmem, used: node.mem },
    swap: { free: 8 * gib, total: 8 * gib, used: 0 },
    ksm: { shared: 0 },
    rootfs: {
      avail: Math.floor((node.maxdisk - node.disk) * 0.95),
      free: node.maxdisk - node.disk,
      total: node.maxdisk,
      used: node.disk,
    },
  };
  if (profile.pressure) status.memory = { available: free, free, total: node.maxmem, used: node.mem };
  if (profile.bootInfo) {
    status['boot-info'] = { mode: 'efi', secureboot: 0 };
    status['current-kernel'] = {
      machine: 'x86_64',
      release: profile.kernel,
      sysname: 'Linux',
      version: build,
    };
  }
  return status;
};
