// What is asked of a cluster: guests by node and status, nodes by status, the tasks of one thing.

import type { Store } from '@holdfast/core';
import {
  findContainers,
  findVms,
  nodesWithStatus,
  proxmox,
  tasks,
  tasksOf,
  vms,
} from '@holdfast/domains/proxmox';
import { makeTask } from '@holdfast/domains/proxmox/factories';
import { makeRandom } from '@holdfast/domains/random';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { openDomain } from './open-domain.ts';

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => {
    const store = await openDomain(engine, proxmox);
    await proxmox.seed!(store, { size: 200, seed: 3 });
    return store;
  };

  test('guests and nodes are found by what they are, those that are gone left out', async () => {
    const store = await opened();
    const filter = { source: 'seed-proxmox', node: 'pve1', status: 'running' } as const;
    const { items } = await findVms(store, filter, { limit: 1_000 });
    expect(items.length).toBeGreaterThan(5);
    for (const vm of items) expect(vm).toMatchObject(filter);
    const { source, vmid, incarnation } = items[0]!;
    await store.repository(vms).update({ source, vmid, incarnation }, { absentSince: 1 });
    expect((await findVms(store, filter, { limit: 1_000 })).items).toHaveLength(items.length - 1);
    for (const container of (await findContainers(store, { status: 'stopped' })).items)
      expect(container.status).toBe('stopped');
    const online = await nodesWithStatus(store, 'online');
    expect(online.length + (await nodesWithStatus(store, 'offline')).length).toBe(4);
  });

  test('the tasks of a guest come newest first', async () => {
    const store = await opened();
    const newer = { ...makeTask('seed-proxmox', 5_000, 4, makeRandom(1)), resourceId: '107' };
    await store.repository(tasks).insert(newer);
    const { items } = await tasksOf(store, 'seed-proxmox', 'vm', '107');
    expect(items).toHaveLength(2);
    expect(items[0]!.upid).toBe(newer.upid);
  });
});
