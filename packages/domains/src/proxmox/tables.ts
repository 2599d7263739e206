// What a Proxmox cluster is: tables keyed by source, since two clusters use the same names and numbers.
// Gauges are metrics; what newer versions add lands in `extra`, beside the record, so that it makes no history.

import { bool, instant, int, json, oneOf, presence, real, table, text, timestamps } from '@holdfast/core';
import { sources } from '@holdfast/core/system';

const source = () => text(64).references(sources, 'name', 'cascade');
const extra = () => json<Record<string, unknown>>().metric();
const guestStatus = () => oneOf('running', 'stopped', 'paused', 'suspended', 'unknown');

/** The cluster, or the single node, behind a source. */
export const clusters = table(
  'proxmox_clusters',
  {
    source: source(),
    /** Null for a node that is in no cluster. */
    name: text().nullable(),
    quorate: bool().nullable(),
    nodeCount: int().nullable(),
    version: text().nullable(),
    release: text().nullable(),
    ...presence,
    ...timestamps,
  },
  { key: ['source'], dataClass: 'important', history: 'versions' },
);

export const nodes = table(
  'proxmox_nodes',
  {
    source: source(),
    name: text(128),
    status: oneOf('online', 'offline', 'unknown').default('unknown'),
    type: text().nullable(),
    ip: text().nullable(),
    /** Subscription level. */
    level: text().nullable(),
    pveVersion: text().nullable(),
    kernelVersion: text().nullable(),
    cpuModel: text().nullable(),
    cpuMax: int().nullable(),
    memoryMax: int().nullable(),
    diskMax: int().nullable(),
    sslFingerprint: text().nullable(),
    ...presence,
    ...timestamps,
    cpuUsage: real().metric(),
    memoryUsage: int().metric(),
    diskUsage: int().metric(),
    swapUsage: int().metric(),
    ioWait: real().metric(),
    load1: real().metric(),
    load5: real().metric(),
    load15: real().metric(),
    /** Seconds. */
    uptime: int().metric(),
    extra: extra(),
  },
  {
    key: ['source', 'name'],
    dataClass: 'important',
    history: 'versions',
    indexes: [{ columns: ['status'] }],
  },
);

const guest = {
  source: source(),
  vmid: int(),
  /** 1 for the first guest that had this number, 2 for the one that was made after its deletion. */
  incarnation: int().default(1),
  node: text(128),
  name: text().nullable(),
  status: guestStatus().default('unknown'),
  template: bool().default(false),
  /** May be fractional: LXC limits are. */
  cpuCores: real().nullable(),
  memoryBytes: int().nullable(),
  diskSize: int().nullable(),
  pool: text().nullable(),
  tags: json<string[]>().nullable(),
  haManaged: bool().default(false),
  haState: text().nullable(),
  lockStatus: text().nullable(),
  osType: text().nullable(),
  /** What tells this guest from a later one with the same number. */
  identity: json<Record<string, string>>().nullable(),
  config: json<Record<string, unknown>>().nullable(),
  configDigest: text().nullable(),
};

const guestGauges = {
  cpuUsage: real().metric(),
  memoryUsage: int().metric(),
  diskUsage: int().metric(),
  networkIn: int().metric(),
  networkOut: int().metric(),
  diskRead: int().metric(),
  diskWrite: int().metric(),
  uptime: int().metric(),
  pid: int().metric(),
  /** What the guest costs its host, overhead included. */
  memoryHost: int().metric(),
  /** Pressure stall information, percent of time. */
  pressureCpuSome: real().metric(),
  pressureCpuFull: real().metric(),
  pressureIoSome: real().metric(),
  pressureIoFull: real().metric(),
  pressureMemorySome: real().metric(),
  pressureMemoryFull: real().metric(),
  extra: extra(),
};

const guestOptions = {
  key: ['source', 'vmid', 'incarnation'] as const,
  dataClass: 'critical' as const,
  history: 'versions' as const,
  indexes: [
    { columns: ['source', 'node'] as const },
    { columns: ['status'] as const },
    { columns: ['name'] as const },
    { columns: ['source', 'vmid'] as const, where: 'template' },
  ],
  foreignKeys: [
    { columns: ['source', 'node'] as const, table: nodes, references: ['source', 'name'] as const },
  ],
  checks: { vmidPositive: 'vmid > 0' },
};

/** QEMU virtual machines. */
export const vms = table(
  'proxmox_vms',
  { ...guest, ...presence, ...timestamps, ...guestGauges },
  guestOptions,
);

/** LXC containers. */
export const containers = table(
  'proxmox_containers',
  {
    ...guest,
    hostname: text().nullable(),
    swapBytes: int().nullable(),
    unprivileged: bool().nullable(),
    /** The template archive it was made from, where the create task tells. */
    osTemplate: text().nullable(),
    ...presence,
    ...timestamps,
    ...guestGauges,
    swapUsage: int().metric(),
  },
  { ...guestOptions, indexes: [...guestOptions.indexes, { columns: ['hostname'] as const }] },
);

/** Storage definitions; what one node sees of them is in `nodeStorage`. */
export const storage = table(
  'proxmox_storage',
  {
    source: source(),
    storage: text(128),
    type: text().default('unknown'),
    contentTypes: json<string[]>().nullable(),
    enabled: bool().default(true),
    shared: bool().default(false),
    path: text().nullable(),
    /** The nodes it is limited to; null means all. */
    nodes: json<string[]>().nullable(),
    config: json<Record<string, unknown>>().nullable(),
    /** SHA-256 of this definition alone: Proxmox's own digest covers the whole file. */
    configDigest: text().nullable(),
    ...presence,
    ...timestamps,
    /** Over all nodes; a shared storage counts once. */
    totalBytes: int().metric(),
    usedBytes: int().metric(),
    availableBytes: int().metric(),
  },
  {
    key: ['source', 'storage'],
    dataClass: 'important',
    history: 'versions',
    indexes: [{ columns: ['type'] }],
  },
);

/** Which node reaches which storage, and how full it is there. */
export const nodeStorage = table(
  'proxmox_node_storage',
  {
    source: source(),
    node: text(128),
    storage: text(128),
    enabled: bool().default(true),
    active: bool().nullable(),
    ...presence,
    ...timestamps,
    totalBytes: int().metric(),
    usedBytes: int().metric(),
    availableBytes: int().metric(),
  },
  {
    key: ['source', 'node', 'storage'],
    dataClass: 'operational',
    history: 'versions',
    indexes: [{ columns: ['source', 'storage'] }],
    foreignKeys: [
      { columns: ['source', 'node'], table: nodes, references: ['source', 'name'] },
      { columns: ['source', 'storage'], table: storage, references: ['source', 'storage'] },
    ],
  },
);

/** What the cluster did. Old tasks fall out of Proxmox's own log; here they stay, and outlive their node. */
export const tasks = table(
  'proxmox_tasks',
  {
    source: source(),
    upid: text(255),
    node: text(128),
    type: text(64),
    status: oneOf('running', 'ok', 'warning', 'error', 'unknown'),
    /** What it acted on: `resourceId` is a vmid, a storage or a node name. */
    resourceType: oneOf('vm', 'container', 'guest', 'node', 'storage', 'other').nullable(),
    resourceId: text(255).nullable(),
    user: text().nullable(),
    tokenId: text().nullable(),
    pid: int().nullable(),
    startTime: instant(),
    endTime: instant().nullable(),
    /** As Proxmox says it: OK, WARNINGS: n, or the error. */
    exitStatus: text().nullable(),
    ...timestamps,
  },
  {
    key: ['source', 'upid'],
    dataClass: 'informational',
    indexes: [
      { columns: ['source', 'startTime'] },
      { columns: ['source', 'node', 'startTime'] },
      { columns: ['resourceType', 'resourceId'] },
      { columns: ['status'] },
      { columns: ['type'] },
    ],
  },
);

export const taskLog = table(
  'proxmox_task_log',
  {
    source: text(64),
    upid: text(255),
    line: int(),
    text: text(),
  },
  {
    key: ['source', 'upid', 'line'],
    dataClass: 'informational',
    foreignKeys: [
      { columns: ['source', 'upid'], table: tasks, references: ['source', 'upid'], onDelete: 'cascade' },
    ],
  },
);

export const proxmoxTables = [
  clusters,
  nodes,
  vms,
  containers,
  storage,
  nodeStorage,
  tasks,
  taskLog,
] as const;
