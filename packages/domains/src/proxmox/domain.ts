// @holdfast/domains/proxmox: what a Proxmox cluster is, and how it is read.

import type { Domain, Migration } from '@holdfast/core';
import { containerDrift, nodeDrift, storageDrift, vmDrift } from './drift.ts';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import history from './migrations/0002-history.json' with { type: 'json' };
import { seedProxmox } from './seed.ts';
import { clusters, containers, nodeStorage, nodes, proxmoxTables, storage, tasks, vms } from './tables.ts';

export { proxmoxCollector } from './collect.ts';
export * from './queries.ts';
export { type ProxmoxOptions, proxmoxSource } from './settings.ts';
export * from './tables.ts';

export const proxmox: Domain<(typeof proxmoxTables)[number]> = {
  name: 'proxmox',
  tables: proxmoxTables,
  resources: [
    {
      name: 'proxmox.cluster',
      table: clusters,
      summary: ['source', 'name', 'version', 'nodeCount', 'quorate'],
      scopeOf: () => 'cluster/status',
    },
    {
      name: 'proxmox.node',
      table: nodes,
      summary: ['source', 'name', 'status', 'pveVersion', 'cpuUsage', 'memoryUsage', 'memoryMax', 'uptime'],
      scopeOf: () => 'nodes',
      drift: nodeDrift,
    },
    {
      name: 'proxmox.vm',
      table: vms,
      summary: ['source', 'vmid', 'name', 'node', 'status', 'cpuCores', 'memoryBytes', 'cpuUsage', 'tags'],
      incarnation: 'incarnation',
      scopeOf: (row) => `node/${row['node']}/qemu`,
      drift: vmDrift,
    },
    {
      name: 'proxmox.container',
      table: containers,
      summary: ['source', 'vmid', 'name', 'node', 'status', 'cpuCores', 'memoryBytes', 'cpuUsage', 'tags'],
      incarnation: 'incarnation',
      scopeOf: (row) => `node/${row['node']}/lxc`,
      drift: containerDrift,
    },
    {
      name: 'proxmox.storage',
      table: storage,
      summary: ['source', 'storage', 'type', 'shared', 'enabled', 'usedBytes', 'totalBytes', 'contentTypes'],
      scopeOf: () => 'storage',
      drift: storageDrift,
    },
    {
      name: 'proxmox.node_storage',
      table: nodeStorage,
      summary: ['source', 'node', 'storage', 'active', 'usedBytes', 'totalBytes'],
      scopeOf: (row) => `node/${row['node']}/storage`,
    },
    {
      name: 'proxmox.task',
      table: tasks,
      summary: ['source', 'startTime', 'node', 'type', 'resourceId', 'user', 'status', 'exitStatus'],
      scopeOf: (row) => `node/${row['node']}/tasks`,
    },
  ],
  migrations: [
    { id: '0001-baseline', ...baseline } as unknown as Migration,
    { id: '0002-history', ...history } as unknown as Migration,
  ],
  seed: seedProxmox,
};
