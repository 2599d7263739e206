// Unknown is not stopped: what nobody can tell just now is neither a change nor a false word.

import { expect, test } from 'vitest';
import { containers, nodes, vms } from './domain.ts';
import { setNodeOnline, setStatisticsStuck, tick } from './simulator/simulator.ts';
import { type Lab, openLab, unexpected } from './test-lab.ts';

const statuses = async (lab: Lab, node: string): Promise<Map<number, string>> =>
  new Map(
    (
      await Promise.all(
        [vms, containers].map(
          async (table) =>
            (
              await lab.store.repository(table as typeof vms).list({ where: { node }, limit: 1_000 })
            ).items,
        ),
      )
    )
      .flat()
      .map(({ vmid, status }) => [vmid, status]),
  );

test('a node that goes down changes its guests once, however its last status comes and goes', async () => {
  await using lab = await openLab();
  await lab.sync();
  const before = await statuses(lab, 'pve2');
  expect(new Set(before.values()).size).toBeGreaterThan(1);
  const { cluster } = lab.simulator;
  const changes: number[] = [];
  // For minutes the cluster still tells their last status, then it does not, and at times it does again.
  for (const stale of [false, true, false, true, true, false]) {
    setNodeOnline(cluster, 'pve2', false, stale);
    const { changed } = await lab.sync();
    changes.push(changed);
    expect(new Set((await statuses(lab, 'pve2')).values())).toEqual(new Set(['unknown']));
  }
  // The guests and their node.
  expect(changes).toEqual([before.size + 1, 0, 0, 0, 0, 0]);
  expect(await lab.store.repository(vms).count({ node: 'pve2', name: { isNull: true } })).toBe(0);
});

test('a node that is back tells the status of its guests again', async () => {
  await using lab = await openLab();
  await lab.sync();
  setNodeOnline(lab.simulator.cluster, 'pve2', false);
  await lab.sync();
  setNodeOnline(lab.simulator.cluster, 'pve2', true);
  tick(lab.simulator.cluster, { seconds: 30 });
  await lab.sync();
  for (const [vmid, status] of await statuses(lab, 'pve2')) {
    const guest = lab.simulator.cluster.guests.get(vmid)!;
    const asleep = guest.status === 'stopped' && guest.config['lock'] === 'suspended';
    expect(status).toBe(asleep ? 'suspended' : (guest.qmpstatus ?? guest.status));
  }
});

test('statistics that hang while the node is up change nothing', async () => {
  await using lab = await openLab();
  await lab.sync();
  const before = await statuses(lab, 'pve1');
  setStatisticsStuck(lab.simulator.cluster, 'pve1', true);
  expect(await lab.sync()).toMatchObject({ changed: 0, deleted: 0 });
  expect(await statuses(lab, 'pve1')).toEqual(before);
  const node = await lab.store.repository(nodes).get({ source: 'lab', name: 'pve1' });
  expect(node!.status).toBe('online');
});

test('nor does a node that is up and whose own lists fail while statistics hang', async () => {
  await using lab = await openLab();
  await lab.sync();
  const before = await statuses(lab, 'pve1');
  setStatisticsStuck(lab.simulator.cluster, 'pve1', true);
  const path = /^\/nodes\/pve1\/(qemu|lxc)$/;
  for (let again = 0; again < 3; again++) {
    lab.simulator.faults.add({ path, kind: 'status', status: 596, reason: 'Connection timed out' });
    const result = await lab.sync();
    expect(unexpected(result)).toMatchObject({ 'node/pve1/qemu': 'SOURCE_UNREACHABLE' });
    expect(result).toMatchObject({ changed: 0, deleted: 0 });
    lab.simulator.faults.clear();
    expect(await lab.sync()).toMatchObject({ changed: 0, deleted: 0 });
  }
  expect(await statuses(lab, 'pve1')).toEqual(before);
});

test('a guest that is new and that nobody can tell of is unknown', async () => {
  await using lab = await openLab();
  setStatisticsStuck(lab.simulator.cluster, 'pve1', true);
  const path = /^\/nodes\/pve1\/(qemu|lxc)$/;
  lab.simulator.faults.add({ path, kind: 'status', status: 596, reason: 'Connection timed out' });
  await lab.sync();
  expect(new Set((await statuses(lab, 'pve1')).values())).toEqual(new Set(['unknown']));
});
