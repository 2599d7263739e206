// Numbers are used again after a deletion: the guest that comes after is another record.

import { expect, test } from 'vitest';
import { containers, vms } from './domain.ts';
import { isAnother } from './guest-config.ts';
import { createGuest, destroyGuest, recreateGuest, setConfig, tick } from './simulator/simulator.ts';
import { openLab } from './test-lab.ts';

test.each([
  ['machine', vms, 100],
  ['container', containers, undefined],
] as const)('a %s made anew under its number gets the next incarnation', async (_, table, given) => {
  await using lab = await openLab();
  await lab.sync();
  const { cluster } = lab.simulator;
  const vmid =
    given ?? [...cluster.guests.values()].find(({ type, node }) => type === 'lxc' && node === 'pve1')!.vmid;
  tick(cluster, { seconds: 60 });
  recreateGuest(cluster, vmid);
  const result = await lab.sync();
  expect(result.deleted).toBe(1);
  const { items } = await lab.store.repository(table).list({ where: { vmid } });
  expect(items.map(({ incarnation, absentSince }) => [incarnation, absentSince === null])).toEqual([
    [1, false],
    [2, true],
  ]);
  expect((await lab.sync()).created).toBe(0);
});

test('a container under the number of a deleted machine is a record of its own', async () => {
  await using lab = await openLab();
  await lab.sync();
  const { cluster } = lab.simulator;
  destroyGuest(cluster, 100);
  createGuest(cluster, { type: 'lxc', node: 'pve2', name: 'heir', vmid: 100 });
  await lab.sync();
  const [machine] = (await lab.store.repository(vms).list({ where: { vmid: 100 } })).items;
  const [container] = (await lab.store.repository(containers).list({ where: { vmid: 100 } })).items;
  expect(machine!.absentSince).not.toBeNull();
  expect(container).toMatchObject({ name: 'heir', absentSince: null });
});

test.each([
  ['a later', 'pve1', 'pve3'],
  ['an earlier', 'pve3', 'pve1'],
])(
  'a machine made anew on %s node is the next incarnation, and the one before is absent',
  async (_, from, to) => {
    await using lab = await openLab();
    await lab.sync();
    const { cluster } = lab.simulator;
    const { vmid } = [...cluster.guests.values()].find(({ type, node }) => type === 'qemu' && node === from)!;
    tick(cluster, { seconds: 60 });
    destroyGuest(cluster, vmid);
    tick(cluster, { seconds: 60 });
    createGuest(cluster, { type: 'qemu', node: to, name: 'heir', vmid });
    expect((await lab.sync()).deleted).toBe(1);
    const { items } = await lab.store.repository(vms).list({ where: { vmid } });
    expect(items.map((each) => [each.incarnation, each.node, each.absentSince === null])).toEqual([
      [1, from, false],
      [2, to, true],
    ]);
    expect((await lab.sync()).created).toBe(0);
  },
);

test('an edited container without marks changes in its configuration alone', async () => {
  await using lab = await openLab();
  await lab.sync();
  const { cluster } = lab.simulator;
  const { vmid } = [...cluster.guests.values()].find(({ type, node }) => type === 'lxc' && node === 'pve1')!;
  const [before] = (await lab.store.repository(containers).list({ where: { vmid } })).items;
  setConfig(cluster, vmid, { description: 'edited' });
  expect((await lab.sync()).changed).toBe(1);
  const [after] = (await lab.store.repository(containers).list({ where: { vmid } })).items;
  expect(after!.config).toMatchObject({ description: 'edited' });
  expect(after!.identity).toEqual(before!.identity);
});

test('an edited mark alone makes no new guest', async () => {
  await using lab = await openLab();
  await lab.sync();
  setConfig(lab.simulator.cluster, 100, { smbios1: 'uuid=00000000-0000-4000-8000-000000000001' });
  setConfig(lab.simulator.cluster, 101, { vmgenid: '00000000-0000-4000-8000-000000000002' });
  await lab.sync();
  expect(await lab.store.repository(vms).count({ incarnation: { gt: 1 } })).toBe(0);
});

test.each([
  ['nothing known of either', {}, {}, false],
  ['same marks', { ctime: '1', uuid: 'a' }, { ctime: '1', uuid: 'a' }, false],
  ['one mark differs', { ctime: '1', uuid: 'a' }, { ctime: '1', uuid: 'b' }, false],
  ['all lasting marks differ', { ctime: '1', uuid: 'a' }, { ctime: '2', uuid: 'b' }, true],
  ['only one side has marks', { ctime: '1' }, {}, false],
  ['vmgenid decides alone', { vmgenid: 'a' }, { vmgenid: 'b' }, true],
  ['vmgenid does not decide beside others', { uuid: 'x', vmgenid: 'a' }, { uuid: 'x', vmgenid: 'b' }, false],
])('%s', (_, known, seen, expected) => {
  expect(isAnother(known, seen)).toBe(expected);
});
