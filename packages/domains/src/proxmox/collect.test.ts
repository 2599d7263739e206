// A healthy cluster of every supported version is stored as it is, and a second sweep finds nothing new.

import { sweep } from '@holdfast/core/sync';
import { requireSource } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import {
  clusters,
  containers,
  nodeStorage,
  nodes,
  proxmoxCollector,
  storage,
  taskLog,
  tasks,
  vms,
} from './domain.ts';
import { destroyGuest, migrate, setConfig, setNodeOnline, setStatus, tick } from './simulator/simulator.ts';
import { incomplete, openLab, unexpected } from './test-lab.ts';

const everything = { limit: 10_000 };

describe.each([6, 7, 8, 9] as const)('version %i', (version) => {
  test('stores what the cluster has, under the names it has', async () => {
    await using lab = await openLab({ version });
    const result = await lab.sync();
    expect(unexpected(result)).toEqual({});
    const { cluster } = lab.simulator;
    const stored = [
      ...(await lab.store.repository(vms).list(everything)).items.map((row) => ({ ...row, type: 'qemu' })),
      ...(await lab.store.repository(containers).list(everything)).items.map((row) => ({
        ...row,
        type: 'lxc',
      })),
    ];
    expect(stored.map(({ vmid, type, node }) => `${type}/${vmid}@${node}`).sort()).toEqual(
      [...cluster.guests.values()].map(({ vmid, type, node }) => `${type}/${vmid}@${node}`).sort(),
    );
    for (const row of stored.filter(({ node }) => node !== 'pve4')) {
      const guest = cluster.guests.get(row.vmid)!;
      expect(row.name).toBe(guest.config['name'] ?? guest.config['hostname']);
      expect(row.template).toBe(guest.config['template'] === 1);
      expect(row.config).toMatchObject({ ostype: guest.config['ostype'] });
      expect(row.configDigest).toMatch(/^[0-9a-f]{40}$/);
    }
    expect(await lab.store.repository(nodes).count()).toBe(cluster.nodes.length);
    expect(await lab.store.repository(storage).count()).toBe(cluster.storages.length);
    expect(await lab.store.repository(tasks).count()).toBe(cluster.tasks.length);
    expect(await lab.store.repository(taskLog).count()).toBeGreaterThan(0);
    expect(await lab.store.repository(nodeStorage).count({ active: true })).toBeGreaterThan(0);
    expect(await lab.store.repository(clusters).get({ source: 'lab' })).toMatchObject({
      name: 'homelab',
      quorate: true,
      nodeCount: 4,
    });
  });

  test('finds nothing new in a second sweep, whatever the order of the answers', async () => {
    await using lab = await openLab({ version });
    const first = await lab.sync();
    expect(first.changed).toBe(0);
    const before = (await lab.store.repository(vms).list(everything)).items;
    for (let again = 0; again < 3; again++) {
      const { created, changed, deleted, gauges } = await lab.sync();
      expect({ created, changed, deleted, gauges }).toEqual({
        created: 0,
        changed: 0,
        deleted: 0,
        gauges: 0,
      });
    }
    expect((await lab.store.repository(vms).list(everything)).items).toEqual(before);
  });
});

test('moving gauges change no record', async () => {
  await using lab = await openLab();
  await lab.sync();
  const [before] = (await lab.store.repository(vms).list({ where: { vmid: 100 } })).items;
  tick(lab.simulator.cluster, { seconds: 30, fraction: 1 });
  const result = await lab.sync();
  expect(result.changed).toBe(0);
  expect(result.gauges).toBeGreaterThan(20);
  const [after] = (await lab.store.repository(vms).list({ where: { vmid: 100 } })).items;
  expect(after!.updatedAt).toBe(before!.updatedAt);
  expect(after!.uptime).toBe(before!.uptime! + 30);
  expect(after!.metricsAt).toBeGreaterThan(before!.metricsAt!);
});

test('reports exactly the record that changed', async () => {
  await using lab = await openLab();
  await lab.sync();
  setConfig(lab.simulator.cluster, 100, { cores: 7, name: 'renamed' });
  const result = await lab.sync();
  expect(result.scopes.filter(({ changed }) => changed > 0).map(({ scope }) => scope)).toEqual([
    'node/pve1/qemu',
  ]);
  const [row] = (await lab.store.repository(vms).list({ where: { vmid: 100 } })).items;
  expect(row).toMatchObject({ name: 'renamed', config: { cores: 7, name: 'renamed' } });
});

test('a guest that migrates keeps its record', async () => {
  await using lab = await openLab();
  await lab.sync();
  migrate(lab.simulator.cluster, 100, 'pve3');
  const result = await lab.sync();
  expect({ created: result.created - tasksOf(result), deleted: result.deleted }).toEqual({
    created: 0,
    deleted: 0,
  });
  const { items } = await lab.store.repository(vms).list({ where: { vmid: 100 } });
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ node: 'pve3', incarnation: 1, absentSince: null });
});

test('a guest that is gone from a complete list is marked absent, and kept', async () => {
  await using lab = await openLab();
  await lab.sync();
  destroyGuest(lab.simulator.cluster, 101);
  const result = await lab.sync();
  expect(result.deleted).toBe(1);
  const [row] = (await lab.store.repository(vms).list({ where: { vmid: 101 } })).items;
  expect(row!.absentSince).not.toBeNull();
  expect(row!.name).toBe('home-assistant');
  expect((await lab.sync()).deleted).toBe(0);
});

test('a node that goes away takes nothing with it, and a guest on it becomes unknown', async () => {
  await using lab = await openLab();
  await lab.sync();
  const before = (await lab.store.repository(vms).list({ where: { node: 'pve2' } })).items;
  setNodeOnline(lab.simulator.cluster, 'pve2', false);
  const result = await lab.sync();
  expect(result.deleted).toBe(0);
  expect(incomplete(result)).toMatchObject({ 'node/pve2/qemu': 'SOURCE_NODE_OFFLINE' });
  const after = (await lab.store.repository(vms).list({ where: { node: 'pve2' } })).items;
  expect(after.map(({ vmid, name, absentSince }) => ({ vmid, name, absentSince }))).toEqual(
    before.map(({ vmid, name }) => ({ vmid, name, absentSince: null })),
  );
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set(['unknown']));
});

test('a guest that was stopped is stored as stopped', async () => {
  await using lab = await openLab();
  setStatus(lab.simulator.cluster, 100, 'stopped');
  await lab.sync();
  const [row] = (await lab.store.repository(vms).list({ where: { vmid: 100 } })).items;
  expect(row!.status).toBe('stopped');
});

const tasksOf = ({ scopes }: { scopes: readonly { scope: string; created: number }[] }): number =>
  scopes.filter(({ scope }) => scope.includes('task')).reduce((sum, { created }) => sum + created, 0);

test('what has been answered is stored while other configurations are still on their way', async () => {
  await using lab = await openLab();
  lab.simulator.faults.add({ path: /^\/nodes\/pve3\/qemu\/.*\/config$/, kind: 'slow', delayMs: 300 });
  const pending = new Map<string, number>();
  let left = 0;
  await sweep(lab.store, [await requireSource(lab.store, 'lab')], [proxmoxCollector], {
    onProgress: ({ done, total }) => {
      left = total - done;
    },
    onScope: (_, { scope }) => pending.set(scope, left),
  });
  expect(pending.get('node/pve1/qemu')).toBeGreaterThan(0);
});
