// Answers that are short for another reason than that something is gone take nothing away.

import { absences, sourceNotes, tombstones } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { containers, nodeStorage, nodes, storage, vms } from './domain.ts';
import type { Permissions } from './simulator/simulator.ts';
import { destroyGuest, migrate, removeStorage, tick } from './simulator/simulator.ts';
import { type Lab, openLab, unexpected } from './test-lab.ts';

const present = (lab: Lab): Promise<number[]> =>
  Promise.all(
    [nodes, vms, containers, storage, nodeStorage].map((table) =>
      lab.store.repository(table as typeof nodes).count({ absentSince: null }),
    ),
  );

const absentNames = async (lab: Lab): Promise<(string | null)[]> =>
  (await lab.store.repository(vms).list({ where: { absentSince: { isNull: false } }, limit: 100 })).items.map(
    ({ name }) => name,
  );

const filtered = (result: Awaited<ReturnType<Lab['sync']>>): string[] =>
  Object.entries(unexpected(result))
    .filter(([, code]) => code === 'SCOPE_FILTERED')
    .map(([scope]) => scope)
    .sort();

const onEach = (...parts: string[]): string[] =>
  ['pve1', 'pve2', 'pve3'].flatMap((node) => parts.map((part) => `node/${node}/${part}`));
const guestScopes = ['cluster/resources', ...onEach('config', 'lxc', 'qemu')].sort();

const only =
  (path: string) =>
  (may: Permissions): void => {
    may.deny('VM.Audit');
    may.grant('VM.Audit', path);
  };

describe('rights that were taken away', () => {
  test.each<[string, (permissions: Permissions) => void, string[]]>([
    ['of all guests', (may) => may.deny('VM.Audit'), guestScopes],
    ['of one guest', (may) => may.deny('VM.Audit', '/vms/101'), guestScopes],
    ['all, of one guest', (may) => may.noAccess('/vms/101'), ['node/pve1/qemu']],
    ['of all but a pool', only('/pool/lab'), guestScopes],
    ['of all but one guest', only('/vms/100'), guestScopes],
    [
      'of all storage',
      (may) => may.deny('Datastore.Audit'),
      ['cluster/resources', ...onEach('storage'), 'storage'],
    ],
    ['all, of one storage', (may) => may.noAccess('/storage/nas'), [...onEach('storage'), 'storage']],
    ['of other people’s tasks', (may) => may.deny('Sys.Audit', '/nodes'), onEach('tasks')],
  ])('%s, take no record away', async (_, take, scopes) => {
    await using lab = await openLab();
    await lab.sync();
    const before = await present(lab);
    take(lab.simulator.permissions);
    const result = await lab.sync();
    expect(filtered(result)).toEqual(scopes);
    expect(result.deleted).toBe(0);
    expect(await present(lab)).toEqual(before);
    lab.simulator.permissions.reset();
    expect(unexpected(await lab.sync())).toEqual({});
  });

  test('say since when, and what to type', async () => {
    await using lab = await openLab();
    await lab.sync();
    lab.simulator.permissions.deny('VM.Audit', '/vms');
    for (let again = 0; again < 2; again++) {
      const { scopes } = await lab.sync();
      const { error } = scopes.find(({ scope }) => scope === 'node/pve1/qemu')!;
      expect(error!.message).toMatch(/VM\.Audit on \/vms is missing since \d{4}-/);
      expect(error!.hint).toContain(`--tokens '${lab.simulator.token.split('=')[0]}'`);
    }
    const notes = await lab.store.repository(sourceNotes).list();
    expect(notes.items).toMatchObject([
      { source: 'lab', name: 'rights', value: { lost: { '/vms': expect.any(String) } } },
    ]);
  });

  test('that were never there are no loss, and what is shown is stored', async () => {
    await using lab = await openLab();
    lab.simulator.permissions.deny('VM.Audit');
    lab.simulator.permissions.grant('VM.Audit', '/vms/100');
    const result = await lab.sync();
    expect(filtered(result)).toEqual(guestScopes);
    expect(result.scopes.find(({ scope }) => scope === 'node/pve1/qemu')!.error!.message).not.toContain(
      'since',
    );
    expect((await lab.store.repository(vms).list()).items).toMatchObject([{ vmid: 100, name: 'opnsense' }]);
  });

  test('of pools do not take guests out of their pools', async () => {
    await using lab = await openLab();
    await lab.sync();
    const pooled = await lab.store.repository(vms).count({ pool: { isNull: false } });
    expect(pooled).toBeGreaterThan(3);
    lab.simulator.permissions.deny('Pool.Audit');
    expect((await lab.sync()).changed).toBe(0);
    expect(await lab.store.repository(vms).count({ pool: { isNull: false } })).toBe(pooled);
  });

  test('and given back before the end of a sweep, hide nothing for good', async () => {
    await using lab = await openLab();
    await lab.sync();
    lab.simulator.permissions.noAccess('/vms/101');
    await lab.sync();
    lab.simulator.permissions.reset();
    destroyGuest(lab.simulator.cluster, 101);
    expect((await lab.sync()).deleted).toBe(1);
  });
});

describe.each([403, 501])('where rights cannot be asked for (%i)', (status) => {
  const refuse = (lab: Lab) =>
    lab.simulator.faults.add({ path: '/access/permissions', kind: 'status', status, reason: 'no' });

  test('what is gone is gone', async () => {
    await using lab = await openLab();
    refuse(lab);
    expect(unexpected(await lab.sync())).toEqual({});
    destroyGuest(lab.simulator.cluster, 101);
    removeStorage(lab.simulator.cluster, 'nas');
    const result = await lab.sync();
    expect(unexpected(result)).toEqual({});
    expect(await absentNames(lab)).toEqual(['home-assistant']);
    expect(await lab.store.repository(storage).count({ absentSince: { isNull: false } })).toBe(1);
  });

  test('a guest whose own configuration is refused is only hidden', async () => {
    await using lab = await openLab();
    refuse(lab);
    await lab.sync();
    lab.simulator.permissions.deny('VM.Audit', '/vms/101');
    const result = await lab.sync();
    expect(result.deleted).toBe(0);
    expect(filtered(result)).toEqual(['node/pve1/qemu']);
  });
});

test('rights that cannot be read just now make storages that are missing doubtful', async () => {
  await using lab = await openLab();
  await lab.sync();
  removeStorage(lab.simulator.cluster, 'nas');
  const path = '/access/permissions';
  lab.simulator.faults.add({ path, kind: 'status', status: 596, reason: 'Broken pipe' });
  const result = await lab.sync();
  expect(result.deleted).toBe(0);
  expect(unexpected(result)).toMatchObject({ storage: 'SOURCE_UNREACHABLE' });
  lab.simulator.faults.clear();
  expect((await lab.sync()).deleted).toBeGreaterThan(0);
});

describe('without quorum', () => {
  test('nothing is gone, and what is shown is stored', async () => {
    await using lab = await openLab();
    await lab.sync();
    const before = await present(lab);
    lab.simulator.cluster.quorate = false;
    lab.simulator.cluster.guests.clear();
    lab.simulator.cluster.storages.length = 0;
    const result = await lab.sync();
    expect(result.deleted).toBe(0);
    expect(unexpected(result)).toMatchObject({
      nodes: 'SOURCE_NO_QUORUM',
      storage: 'SOURCE_NO_QUORUM',
      'node/pve1/qemu': 'SOURCE_NO_QUORUM',
      'node/pve1/storage': 'SOURCE_NO_QUORUM',
      'cluster/resources': 'SOURCE_NO_QUORUM',
    });
    expect(await present(lab)).toEqual(before);
  });
});

describe('one list that is suddenly empty', () => {
  const empty = { kind: 'wrong-shape', body: '{"data":[]}' } as const;

  test.each([
    ['a node’s machines', /^\/nodes\/pve1\/qemu$/],
    ['a node’s containers', /^\/nodes\/pve1\/lxc$/],
    ['the cluster’s own', /^\/cluster\/resources$/],
    ['the definitions of storage', /^\/storage$/],
    ['the nodes', /^\/nodes$/],
  ])('%s, while another shows them, takes nothing away', async (_, path) => {
    await using lab = await openLab();
    await lab.sync();
    const before = await present(lab);
    lab.simulator.faults.add({ path, ...empty });
    expect((await lab.sync()).deleted).toBe(0);
    expect(await present(lab)).toEqual(before);
  });
});

test('a guest that is in no node’s list, while the cluster’s does not answer, may be on its way', async () => {
  await using lab = await openLab();
  await lab.sync();
  const { cluster, faults } = lab.simulator;
  faults.add({ path: '/cluster/resources', kind: 'status', status: 596, reason: 'Broken pipe' });
  const guest = cluster.guests.get(100)!;
  cluster.guests.delete(100);
  expect((await lab.sync()).deleted).toBe(0);
  faults.clear();
  cluster.guests.set(100, guest);
  migrate(cluster, 100, 'pve3');
  expect(await lab.sync()).toMatchObject({ deleted: 0 });
});

describe('the cause of a deletion', () => {
  test('is the task that did it', async () => {
    await using lab = await openLab();
    await lab.sync();
    tick(lab.simulator.cluster, { seconds: 60 });
    const { upid } = destroyGuest(lab.simulator.cluster, 101);
    // This one went without a task.
    const [silent] = [...lab.simulator.cluster.guests.values()].filter(
      ({ type, node }) => type === 'lxc' && node === 'pve1',
    );
    lab.simulator.cluster.guests.delete(silent!.vmid);
    expect((await lab.sync()).deleted).toBe(2);
    const { items } = await lab.store.repository(tombstones).list();
    expect(items.map(({ recordKey, cause }) => [recordKey, cause]).sort()).toEqual(
      [
        [['lab', 101, 1], upid],
        [['lab', silent!.vmid, 1], null],
      ].sort(),
    );
    expect(await lab.store.repository(absences).count()).toBe(0);
  });
});
