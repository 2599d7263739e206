// Made-up records: realistic, any number of them, the same for the same seed.

import type { Insert } from '@holdfast/core';
import type { Random } from '../random.ts';
import { roles } from '../words.ts';
import type { containers, nodeStorage, nodes, storage, tasks, vms } from './tables.ts';

const gib = 1024 ** 3;
export const nodeName = (index: number): string => `pve${index + 1}`;

export function makeNode(source: string, index: number, random: Random): Insert<typeof nodes> {
  const memoryMax = random.pick([64, 128, 256, 512]) * gib;
  return {
    source,
    name: nodeName(index),
    status: random.next() < 0.98 ? 'online' : 'offline',
    type: 'node',
    ip: `10.${Math.floor(index / 65_025)}.${Math.floor(index / 255) % 255}.${(index % 255) + 1}`,
    pveVersion: random.pick(['pve-manager/8.4.1', 'pve-manager/9.0.6']),
    cpuMax: random.pick([8, 16, 32, 64]),
    memoryMax,
    cpuUsage: random.next(),
    memoryUsage: Math.floor(memoryMax * random.next()),
    uptime: Math.floor(random.next() * 1e7),
  };
}

interface Guest extends Insert<typeof vms> {
  readonly vmid: number;
}

/** A guest on one of `nodeCount` nodes; its number is 100 + index. */
export function makeGuest(source: string, index: number, nodeCount: number, random: Random): Guest {
  const running = random.next() < 0.8;
  const memoryBytes = random.pick([1, 2, 4, 8, 16]) * gib;
  const role = random.pick(roles);
  return {
    source,
    vmid: 100 + index,
    incarnation: 1,
    node: nodeName(index % nodeCount),
    name: `${role}-${index}`,
    status: running ? 'running' : 'stopped',
    template: random.next() < 0.02,
    cpuCores: random.pick([1, 2, 4, 8]),
    memoryBytes,
    diskSize: random.pick([8, 16, 32, 64, 128]) * gib,
    pool: random.next() < 0.5 ? 'production' : null,
    tags: [role],
    haManaged: random.next() < 0.1,
    cpuUsage: running ? random.next() : 0,
    memoryUsage: running ? Math.floor(memoryBytes * random.next()) : 0,
    networkIn: Math.floor(random.next() * 1e12),
    networkOut: Math.floor(random.next() * 1e12),
    uptime: running ? Math.floor(random.next() * 1e7) : 0,
  };
}

export const makeVm = (...args: Parameters<typeof makeGuest>): Insert<typeof vms> => ({
  ...makeGuest(...args),
  osType: 'l26',
});

export function makeContainer(...args: Parameters<typeof makeGuest>): Insert<typeof containers> {
  const guest = makeGuest(...args);
  return { ...guest, hostname: guest.name, osType: 'debian', unprivileged: true, swapBytes: gib / 2 };
}

export const makeStorage = (source: string, index: number): Insert<typeof storage> => ({
  source,
  storage: index === 0 ? 'local' : `nfs${index}`,
  type: index === 0 ? 'dir' : 'nfs',
  contentTypes: index === 0 ? ['backup', 'iso', 'vztmpl'] : ['images', 'rootdir'],
  shared: index > 0,
});

export function makeNodeStorage(
  source: string,
  node: number,
  index: number,
  random: Random,
): Insert<typeof nodeStorage> {
  const totalBytes = 1_000 * gib;
  const usedBytes = Math.floor(totalBytes * random.next());
  return {
    source,
    node: nodeName(node),
    storage: makeStorage(source, index).storage,
    active: true,
    totalBytes,
    usedBytes,
    availableBytes: totalBytes - usedBytes,
  };
}

export function makeTask(
  source: string,
  index: number,
  nodeCount: number,
  random: Random,
): Insert<typeof tasks> {
  const node = nodeName(index % nodeCount);
  const start = 1_700_000_000 + index * 60;
  const vmid = String(100 + (index % 1_000));
  const failed = random.next() < 0.05;
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  return {
    source,
    upid: `UPID:${node}:${hex(1_000 + index)}:${hex(index)}:${hex(start)}:qmstart:${vmid}:root@pam:`,
    node,
    type: 'qmstart',
    status: failed ? 'error' : 'ok',
    resourceType: 'vm',
    resourceId: vmid,
    user: 'root@pam',
    pid: 1_000 + index,
    startTime: start * 1_000_000,
    endTime: (start + 3) * 1_000_000,
    exitStatus: failed ? 'start failed: QEMU exited with code 1' : 'OK',
  };
}
