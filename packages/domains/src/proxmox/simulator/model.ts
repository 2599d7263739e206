// The shapes of the simulated cluster: plain mutable data that the routes read on every request.
import type { Random } from '../../random.ts';

/** QEMU machine or LXC container, as the API spells it. */
export type GuestType = 'qemu' | 'lxc';

/** Settings of a guest as in its configuration file: what is absent has the product's default. */
export type GuestConfig = Record<string, string | number>;

/** A node. Sizes are bytes, `cpu` is the used share 0..1, times are epoch seconds. */
export interface ClusterNode {
  name: string;
  /** Corosync node id, from 1. */
  nodeid: number;
  ip: string;
  online: boolean;
  /**
   * For an offline node: whether its last gauges are older than 300 seconds. Then its maximum values disappear and
   * its guests turn into status `unknown` without name. Ignored while online.
   */
  stale: boolean;
  /**
   * The daemon that gathers gauges hangs: the node is up and answers for itself, but the cluster's lists know
   * neither its status nor that of its guests.
   */
  statisticsStuck?: boolean;
  /** Reason phrase of the 595 that calls to the node get while it is offline. */
  unreachable: string;
  /** SHA-256 of the node's certificate, upper-case hex with colons. */
  fingerprint: string;
  cpus: number;
  sockets: number;
  cpuModel: string;
  cpu: number;
  maxmem: number;
  mem: number;
  maxdisk: number;
  disk: number;
  uptime: number;
  loadavg: [number, number, number];
  /** How far the node's clock is ahead of the cluster's, in seconds: task times carry it. */
  clockSkew: number;
}

/** A virtual machine or container. Sizes are bytes, counters start at 0 with each start of the guest. */
export interface Guest {
  vmid: number;
  type: GuestType;
  node: string;
  status: 'running' | 'stopped';
  /** Only machines: what the monitor says while running, e.g. `paused`; absent means like `status`. */
  qmpstatus?: string;
  /** `name` or `hostname`, `lock`, `template`, `tags`, disks and the rest live here, as in the product. */
  config: GuestConfig;
  /** Changes that wait for the next start; null removes the setting. */
  pending?: Record<string, string | number | null>;
  /** Snapshot name to the settings it froze; part of what the digest covers. */
  snapshots?: Record<string, GuestConfig>;
  pool?: string;
  /** Process id while running. */
  pid: number;
  cpu: number;
  mem: number;
  memhost: number;
  swap: number;
  disk: number;
  uptime: number;
  netin: number;
  netout: number;
  diskread: number;
  diskwrite: number;
}

/** One entry of storage.cfg, plus how full it is. */
export interface Storage {
  storage: string;
  type: string;
  /** Content kinds, e.g. `images`, `backup`. */
  content: string[];
  shared: boolean;
  disabled: boolean;
  /** Nodes it is restricted to; absent means all. */
  nodes?: string[];
  /** Further settings of its type: path, server, export, pool, vgname... */
  settings: Record<string, string | number>;
  total: number;
  used: number;
  /** Nodes on which it is enabled but cannot be reached. */
  inactiveOn: string[];
}

/** A worker task. Times are epoch seconds on the clock of its node. */
export interface Task {
  upid: string;
  node: string;
  pid: number;
  pstart: number;
  starttime: number;
  /** Worker type, e.g. `qmstart`. */
  type: string;
  /** What it worked on: a VMID as text, a storage, or empty. */
  id: string;
  /** USER@REALM, or USER@REALM!TOKENID when a token started it. */
  user: string;
  /** Absent while it runs. */
  endtime?: number;
  /** `OK`, `WARNINGS: n` or an error text; absent while it runs. */
  status?: string;
  log: string[];
}

/** A resource pool. */
export interface Pool {
  poolid: string;
  comment?: string;
  storages: string[];
}

/** The high availability settings of one guest. */
interface HaResource {
  state: string;
  group?: string;
}

/** A whole cluster, mutable while a simulator serves it. */
export interface Cluster {
  name: string;
  /** Version of the corosync configuration, raised when nodes come and go. */
  configVersion: number;
  quorate: boolean;
  nodes: ClusterNode[];
  guests: Map<number, Guest>;
  storages: Storage[];
  pools: Pool[];
  ha: Map<number, HaResource>;
  /** Oldest first. */
  tasks: Task[];
  /** Size at which a node's task index is rotated; one older index is kept. The product: 50,000. */
  taskIndexBytes: number;
  /** Epoch seconds of the cluster's clock; it stands still until told otherwise. */
  now: number;
  random: Random;
  /** Counter for process ids. */
  lastPid: number;
}

/** What is being built, given to the functions that build its parts. */
export interface Making {
  random: Random;
  now: number;
}
