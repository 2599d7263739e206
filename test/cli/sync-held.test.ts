// What is too much for one sweep, from the command line: named, left alone, and written once somebody says so.

import { makeDemoCluster, type Simulator, startSimulator } from '@holdfast/domains/proxmox/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cli, openCli } from './run-cli.ts';

let cli: Cli;
let simulator: Simulator;
let plan: string;

beforeAll(async () => {
  cli = openCli();
  simulator = await startSimulator({ cluster: makeDemoCluster() });
  for (const node of simulator.cluster.nodes) node.online = true;
  const { url, token, fingerprint } = simulator;
  const how = ['--endpoint', url, '--token', token, '--fingerprint', fingerprint];
  expect(await cli.run('source', 'add', 'proxmox', 'lab', ...how)).toMatchObject({ exit: 0 });
  expect(await cli.run('sync')).toMatchObject({ exit: 0 });
});

afterAll(async () => {
  await simulator.close();
  cli[Symbol.dispose]();
});

const machines = async (): Promise<number> =>
  (await cli.run('--json', 'list', 'proxmox.vm', '--present')).json.items.length;
const heldScopes = (json: { sources: { scopes: { heldBack?: { plan: string } }[] }[] }) =>
  json.sources[0]!.scopes.filter(({ heldBack }) => heldBack !== undefined);

describe('one after the other', () => {
  test('the limit is set for a source', async () => {
    const refused = await cli.run('--json', 'source', 'policy', 'lab', '--deleted-records', '0');
    expect(refused).toMatchObject({ exit: 2, json: { error: { code: 'SETTING_INVALID' } } });
    const set = await cli.run('--json', 'source', 'policy', 'lab', '--deleted-records', '3');
    expect(set.json).toMatchObject({
      source: 'lab',
      set: { deletedRecords: 3 },
      policy: { confirmSweeps: 1, confirmAgeMs: null, deletedRecords: 3, deletedPercent: 30 },
    });
    expect((await cli.run('--json', 'source', 'policy')).json).toMatchObject({
      source: null,
      set: {},
      policy: { deletedRecords: 10 },
    });
    expect((await cli.run('source', 'policy', 'lab')).stdout).toMatch(/deleted-records\s+3\s+3/);
  });

  test('a sweep over it says 7 and names the plan, and nothing is gone', async () => {
    const { guests } = simulator.cluster;
    for (const { vmid, node, type } of [...guests.values()])
      if (node === 'pve1' && type === 'qemu') guests.delete(vmid);
    const { exit, json } = await cli.run('--json', 'sync');
    expect(exit).toBe(7);
    const held = heldScopes(json);
    expect(held).toMatchObject([
      {
        scope: 'node/pve1/qemu',
        complete: false,
        deleted: 0,
        error: { code: 'SWEEP_HELD' },
        heldBack: { deleted: expect.any(Number), changed: 0 },
      },
    ]);
    plan = held[0]!.heldBack!.plan;
    expect(await machines()).toBe(24);
    const text = await cli.run('sync');
    expect(text.exit).toBe(7);
    expect(text.stdout).toContain(`holdfast sync --accept ${plan}`);
    expect(text.stdout).toMatch(/held back node\/pve1\/qemu: \d+ of proxmox_vms absent: lab\/100\/1/);
    expect((await cli.run('status')).stdout).toContain(plan);
  });

  test('consent writes it, also when another machine has come to the node meanwhile', async () => {
    const { guests } = simulator.cluster;
    const [other] = [...guests.values()].filter(({ node, type }) => node === 'pve2' && type === 'qemu');
    other!.node = 'pve1';
    const { exit, json } = await cli.run('--json', 'sync', '--accept', plan);
    expect({ exit, accepted: json.sources[0].accepted, held: heldScopes(json) }).toEqual({
      exit: 0,
      accepted: { plan, applied: true },
      held: [],
    });
    expect(await machines()).toBe(24 - json.sources[0].deleted);
  });

  test('it is written once', async () => {
    const again = await cli.run('--json', 'sync', '--accept', plan);
    expect(again).toMatchObject({ exit: 3, json: { error: { code: 'PLAN_SETTLED' } } });
    expect(await cli.run('sync')).toMatchObject({ exit: 0 });
  });

  test('consent to what has changed meanwhile writes nothing and shows the new plan', async () => {
    const { guests } = simulator.cluster;
    const containers = [...guests.values()].filter(({ type }) => type === 'lxc');
    const [node, here] = [...Map.groupBy(containers, (guest) => guest.node)].toSorted(
      ([, a], [, b]) => b.length - a.length,
    )[0]!;
    expect(here.length).toBeGreaterThanOrEqual(4);
    for (const { vmid } of here.slice(1)) guests.delete(vmid);
    const first = heldScopes((await cli.run('--json', 'sync')).json);
    expect(first).toMatchObject([{ scope: `node/${node}/lxc` }]);
    guests.delete(here[0]!.vmid);
    const old = first[0]!.heldBack!.plan;
    const { exit, json } = await cli.run('--json', 'sync', '--accept', old);
    expect(exit).toBe(7);
    expect(json.sources[0].accepted).toEqual({ plan: old, applied: false, reason: 'changed' });
    const [now] = heldScopes(json);
    expect(now!.heldBack!.plan).not.toBe(old);
    const text = await cli.run('sync', '--accept', now!.heldBack!.plan);
    expect(text).toMatchObject({ exit: 0, stderr: '' });
    expect(text.stdout).toContain('written');
  });

  test.each([
    ['no-such-plan', 4, 'PLAN_NOT_FOUND'],
    ['00000000-0000-7000-8000-000000000000', 4, 'PLAN_NOT_FOUND'],
  ])('the plan %s is refused', async (id, exit, code) => {
    expect(await cli.run('--json', 'sync', '--accept', id)).toMatchObject({
      exit,
      json: { error: { code } },
    });
  });
});
