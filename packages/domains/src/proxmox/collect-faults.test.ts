// Whatever one answer does, only its scope is incomplete, with the reason; the rest is stored and nothing is lost.

import { describe, expect, test } from 'vitest';
import { containers, nodeStorage, nodes, storage, vms } from './domain.ts';
import type { Fault } from './simulator/simulator.ts';
import { removeNode } from './simulator/simulator.ts';
import { incomplete, type Lab, openLab, unexpected } from './test-lab.ts';

const timeout = '1';

const presentCounts = (lab: Lab): Promise<number[]> =>
  Promise.all(
    [nodes, vms, containers, storage, nodeStorage].map((table) =>
      lab.store.repository(table as typeof nodes).count({ absentSince: null }),
    ),
  );

/** Without its list no guest's configuration is asked for, so the node's configurations are not known either. */
const spoilt = (result: Awaited<ReturnType<Lab['sync']>>): Record<string, string> => {
  const { 'node/pve1/config': config, ...scopes } = unexpected(result);
  expect(config).toBe(scopes['node/pve1/qemu'] === 'RECORD_REJECTED' ? undefined : scopes['node/pve1/qemu']);
  return scopes;
};

const faults: [string, Omit<Fault, 'path'>, string][] = [
  ['401', { kind: 'status', status: 401, reason: 'authentication failure' }, 'SOURCE_AUTH'],
  [
    '403',
    { kind: 'status', status: 403, reason: 'Permission check failed (/, Sys.Audit)' },
    'SOURCE_FORBIDDEN',
  ],
  ['500', { kind: 'status', status: 500, reason: 'got timeout' }, 'SOURCE_FAILED'],
  ['501', { kind: 'status', status: 501, reason: 'Method not implemented' }, 'SOURCE_UNSUPPORTED'],
  ['595', { kind: 'status', status: 595, reason: 'No route to host' }, 'SOURCE_NODE_OFFLINE'],
  ['596', { kind: 'status', status: 596, reason: 'Broken pipe' }, 'SOURCE_UNREACHABLE'],
  ['599', { kind: 'status', status: 599, reason: 'Too many redirections' }, 'SOURCE_FAILED'],
  ['a slow answer', { kind: 'slow', delayMs: 3_000 }, 'SOURCE_TIMEOUT'],
  ['a trickle', { kind: 'trickle', delayMs: 100 }, 'SOURCE_TIMEOUT'],
  ['half an answer', { kind: 'truncate' }, 'RESPONSE_TRUNCATED'],
  ['a reset', { kind: 'reset' }, 'SOURCE_RESET'],
  ['HTML', { kind: 'not-json' }, 'RESPONSE_NOT_JSON'],
  ['an answer without data', { kind: 'wrong-shape' }, 'RESPONSE_UNEXPECTED'],
  ['duplicate ids', { kind: 'duplicate' }, 'RECORD_REJECTED'],
];

describe.each(['/nodes/pve1/qemu', '/nodes/pve2/storage', '/nodes'])('%s', (path) => {
  const scope = path.slice(1).replace('nodes/', 'node/');
  const cases = faults.filter(([name]) => name !== 'duplicate ids' || path !== '/nodes/pve2/storage');
  test.each(cases)('%s spoils one scope and loses nothing', async (_, fault, code) => {
    await using lab = await openLab();
    await lab.sync();
    const before = await presentCounts(lab);
    await lab.connect({ timeout });
    lab.simulator.faults.add({ path, ...fault });
    const result = await lab.sync();
    expect(spoilt(result)).toEqual({ [scope]: code });
    expect(result.deleted).toBe(0);
    expect(await presentCounts(lab)).toEqual(before);
    lab.simulator.faults.clear();
    expect(unexpected(await lab.sync())).toEqual({});
  });

  test.each(cases)('%s at the first sweep still stores the rest', async (_, fault, code) => {
    await using lab = await openLab();
    await lab.connect({ timeout });
    lab.simulator.faults.add({ path, ...fault });
    const result = await lab.sync();
    expect(unexpected(result)).toMatchObject({ [scope]: code });
    expect(await lab.store.repository(nodes).count()).toBe(4);
    expect(await lab.store.repository(vms).count()).toBe(24);
    expect(await lab.store.repository(containers).count()).toBe(12);
    expect(await lab.store.repository(storage).count()).toBe(7);
  });
});

test('an answer that never ends is cut off by size, and nothing of it is stored', async () => {
  await using lab = await openLab();
  lab.simulator.faults.add({ path: '/nodes/pve1/qemu', kind: 'huge', bytes: 200 * 1024 * 1024 });
  const result = await lab.sync();
  expect(spoilt(result)).toEqual({ 'node/pve1/qemu': 'RESPONSE_TOO_LARGE' });
  // The cluster's own list still shows them.
  expect(await lab.store.repository(vms).count()).toBe(24);
});

test('a server that knows only half the paths is stored as far as it answers', async () => {
  await using lab = await openLab();
  for (const path of [/^\/cluster\//, /\/config$/, /\/tasks/, /^\/version$/, /^\/storage$/])
    lab.simulator.faults.add({ path, kind: 'status', status: 501, reason: 'not implemented' });
  const result = await lab.sync();
  const onAnyNode = (part: string): string[] =>
    ['pve1', 'pve2', 'pve3'].map((node) => `node/${node}/${part}`);
  expect(Object.keys(unexpected(result)).sort()).toEqual(
    [
      ...['cluster/resources', 'cluster/status', 'cluster/tasks', 'storage', 'version'],
      ...onAnyNode('config'),
      ...onAnyNode('tasks'),
    ].sort(),
  );
  expect(await lab.store.repository(vms).count()).toBe(20);
  // Definitions come from what the nodes see.
  expect(await lab.store.repository(storage).count()).toBe(7);
});

test('without any list of nodes, the ones that are stored are asked', async () => {
  await using lab = await openLab();
  await lab.sync();
  for (const path of ['/nodes', /^\/cluster\//])
    lab.simulator.faults.add({ path, kind: 'status', status: 501, reason: 'not implemented' });
  const result = await lab.sync();
  expect(result.scopes.find(({ scope }) => scope === 'node/pve1/qemu')?.complete).toBe(true);
  expect(result.deleted).toBe(0);
});

test('guests of a removed node are absent only when both cluster lists agree', async () => {
  await using lab = await openLab();
  await lab.sync();
  const gone = await lab.store.repository(vms).count({ node: 'pve4' });
  removeNode(lab.simulator.cluster, 'pve4');
  lab.simulator.faults.add({
    path: '/cluster/resources',
    kind: 'status',
    status: 596,
    reason: 'Broken pipe',
  });
  await lab.sync();
  expect(await lab.store.repository(vms).count({ node: 'pve4', absentSince: null })).toBe(gone);
  lab.simulator.faults.clear();
  await lab.sync();
  expect(await lab.store.repository(vms).count({ node: 'pve4', absentSince: null })).toBe(0);
  expect(await lab.store.repository(vms).count({ node: 'pve4' })).toBe(gone);
});

test('one configuration that cannot be read spoils the scope of configurations only', async () => {
  await using lab = await openLab();
  lab.simulator.faults.add({
    path: '/nodes/pve1/qemu/100/config',
    kind: 'status',
    status: 500,
    reason: 'VM is locked',
  });
  const result = await lab.sync();
  expect(unexpected(result)).toEqual({ 'node/pve1/config': 'SOURCE_FAILED' });
  const [row] = (await lab.store.repository(vms).list({ where: { vmid: 100 } })).items;
  expect(row).toMatchObject({ name: 'opnsense', config: null });
});

test.each(['unknown-fields', 'missing-fields', 'hostile-names'] as const)('%s are stored', async (kind) => {
  await using lab = await openLab();
  lab.simulator.faults.add({ path: /^\/nodes\/pve\d\/(qemu|lxc)$/, kind });
  lab.simulator.faults.add({ path: '/cluster/resources', kind });
  const result = await lab.sync();
  expect(result.scopes.flatMap(({ rejected }) => rejected)).toEqual([]);
  expect(await lab.store.repository(vms).count()).toBe(24);
  const { items } = await lab.store.repository(vms).list({ limit: 100 });
  for (const { name } of items)
    expect(name === null || (name.isWellFormed() && !name.includes('\0'))).toBe(true);
  expect(await lab.store.check()).toEqual([]);
});

test('a scope of the dead node names that node', async () => {
  await using lab = await openLab();
  const result = await lab.sync();
  expect(new Set(Object.values(incomplete(result)))).toEqual(new Set(['SOURCE_NODE_OFFLINE']));
  expect(result.scopes.find(({ scope }) => scope === 'node/pve4/lxc')?.error?.message).toContain('pve4');
});
