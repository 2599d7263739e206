// The way of somebody who wants to know what happened: change things in a cluster and a house, read them again, and
// see exactly that; look at how it was before; take it back.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  destroyGuest,
  makeDemoCluster,
  setConfig,
  setNodeOnline,
  startSimulator,
  tick,
} from '@holdfast/domains/proxmox/simulator';
import {
  makeFleet,
  rename,
  startSimulator as startFleet,
  tick as tickFleet,
} from '@holdfast/domains/shelly/simulator';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { openCli } from './run-cli.ts';

const after = (instant: string): string => {
  const at = new Date(Date.parse(instant) + 1);
  return at.toISOString();
};
const ids = (items: readonly { resource: string; id: string; change: string }[]): string[] =>
  items.map(({ resource, id, change }) => `${change} ${resource} ${id}`).sort();

describe.each(engines)('$name', (engine) => {
  test('what was changed is told, and nothing else', async () => {
    const url = await engine.url();
    using cli = openCli({ HOLDFAST_DATABASE: url, HOLDFAST_JSON: '1' }, { oneProcess: true });
    const lab = await startSimulator({ cluster: makeDemoCluster() });
    const house = await startFleet({ devices: makeFleet({ devices: 8 }) });
    writeFileSync(join(cli.folder, 'fleet'), house.addresses.join('\n'));
    const token = ['--endpoint', lab.url, '--token', lab.token, '--fingerprint', lab.fingerprint];
    expect((await cli.run('source', 'add', 'proxmox', 'lab', ...token)).exit).toBe(0);
    expect((await cli.run('source', 'add', 'shelly', 'home', '--addresses', '@fleet')).exit).toBe(0);
    const first = (await cli.run('sync')).json.run;
    const found = (await cli.run('history', '--limit', '1000')).json.items;
    expect(new Set(found.map(({ change }: { change: string }) => change))).toEqual(new Set(['discovered']));
    expect(found[0]).toMatchObject({ actor: 'sync', via: 'sync', run: first.id, before: null });

    // Gauges move everywhere; four things really happen.
    tick(lab.cluster, { seconds: 60, fraction: 1 });
    tickFleet(house.devices, 60);
    setConfig(lab.cluster, 100, { cores: 7 });
    rename(house.devices[3]!, 'porch');
    const container = [...lab.cluster.guests.values()].find(
      ({ type, node }) => type === 'lxc' && node === 'pve1',
    )!;
    destroyGuest(lab.cluster, container.vmid);
    setNodeOnline(lab.cluster, 'pve3', false);
    const before = after(first.finishedAt);
    const second = (await cli.run('sync')).json.run;
    const { items, gaps } = (await cli.run('history', '--run', second.id, '--limit', '1000')).json;
    expect(gaps).toEqual([]);

    const device = items.find(({ resource }: { resource: string }) => resource === 'shelly.device');
    const changes = ids(items);
    expect(changes).toContain('updated proxmox.vm lab/100');
    expect(changes).toContain(`deleted proxmox.container lab/${container.vmid}`);
    expect(changes).toContain('updated proxmox.node lab/pve3');
    expect(device).toMatchObject({
      change: 'updated',
      before: { name: expect.anything() },
      after: { name: 'porch' },
    });
    const gone = items.find(({ change }: { change: string }) => change === 'deleted');
    expect(gone.cause).toMatch(/^UPID:pve1:.*:vzdestroy:/);
    // Nothing is gone from the node that is down, and no gauge has made a change.
    expect(changes.filter((change) => change.startsWith('deleted'))).toHaveLength(1);
    const fields = items.flatMap((item: { fields: { path: string }[] }) =>
      item.fields.map(({ path }) => path),
    );
    expect(
      fields.filter((path: string) => /cpuUsage|memoryUsage|uptime|network(In|Out)|metricsAt/.test(path)),
    ).toEqual([]);
    const vm = items.find(
      ({ resource, id }: { resource: string; id: string }) => resource === 'proxmox.vm' && id === 'lab/100',
    );
    expect(vm.fields).toContainEqual({ path: 'config.cores', before: expect.anything(), after: 7 });
    expect(vm).toMatchObject({
      actor: 'sync',
      source: 'lab',
      run: second.id,
      after: { config: { cores: 7 } },
    });

    // Both sides of the moment.
    const coresAt = async (...at: string[]): Promise<number> =>
      (await cli.run('list', 'proxmox.vm', '--where', 'vmid=100', ...at)).json.items[0].config.cores;
    const was = await coresAt('--as-of', before);
    expect(was).not.toBe(7);
    expect(await coresAt()).toBe(7);
    expect(await coresAt('--as-of', 'now')).toBe(7);
    const present = async (...at: string[]): Promise<number> =>
      (await cli.run('list', 'proxmox.container', '--present', ...at)).json.items.length;
    expect(await present('--as-of', before)).toBe((await present()) + 1);

    // The diff is that list.
    const diff = (await cli.run('diff', '--from', before, '--limit', '1000')).json;
    expect(ids(diff.items)).toEqual(changes);
    expect((await cli.run('diff', '--from', before, '--exit-code')).exit).toBe(5);
    expect((await cli.run('diff', 'proxmox.vm', 'lab/100', '--from', before)).json.items).toHaveLength(1);

    // Undone, it is as before; undone again, as after.
    const planned = (await cli.run('undo', '--run', second.id, '--dry-run')).json;
    expect(planned).toMatchObject({ dryRun: true, plan: { title: expect.stringContaining(second.id) } });
    expect(await coresAt()).toBe(7);
    expect(await cli.run('undo', '--run', second.id)).toMatchObject({
      exit: 3,
      json: { error: { code: 'CONSENT_MISSING' } },
    });
    const undone = (await cli.run('--yes', 'undo', '--run', second.id)).json;
    expect(undone.effects).toEqual(planned.effects);
    expect(await coresAt()).toBe(was);
    expect((await cli.run('diff', '--from', before)).json.items).toEqual([]);
    expect(await cli.run('--yes', 'undo', '--run', second.id)).toMatchObject({
      exit: 3,
      json: { error: { code: 'PLAN_REFUSED' } },
    });
    expect((await cli.run('--yes', 'undo', '--request', undone.request)).exit).toBe(0);
    expect(await coresAt()).toBe(7);

    // What is typed past Holdfast.
    await engine.exec(url, "UPDATE proxmox_vms SET name = 'typed' WHERE vmid = 100");
    const [typed] = (await cli.run('history', 'proxmox.vm', 'lab/100')).json.items;
    expect(typed).toMatchObject({ actor: 'external', change: 'updated', after: { name: 'typed' } });
    await lab.close();
    await house.close();
  });
});

test('what is asked wrongly is refused with the next step', async () => {
  using cli = openCli({ HOLDFAST_JSON: '1' }, { oneProcess: true });
  expect((await cli.run('demo', '--once', '--data', 'd')).exit).toBe(0);
  const refused = async (...args: string[]) => {
    const { exit, json } = await cli.run('--data', 'd', ...args);
    return { exit, code: json.error.code, hint: json.error.hint };
  };
  expect(await refused('list', 'proxmox.vm', '--as-of', '2026-01-01T00:00:00')).toMatchObject({
    exit: 2,
    code: 'MOMENT_INVALID',
  });
  expect(await refused('list', 'proxmox.vm', '--as-of', '2999-01-01T00:00:00Z')).toMatchObject({
    exit: 2,
    code: 'MOMENT_INVALID',
  });
  const early = await refused('list', 'proxmox.vm', '--as-of', '2001-01-01T00:00:00+02:00');
  expect(early).toMatchObject({
    exit: 2,
    code: 'MOMENT_INVALID',
    hint: expect.stringMatching(/^Ask for 2.*or later$/),
  });
  expect(await refused('diff', '--from', 'now', '--to', '-1h')).toMatchObject({
    exit: 2,
    hint: expect.stringContaining('--from'),
  });
  expect(await refused('history', 'proxmox.unicorn')).toMatchObject({ exit: 4, code: 'RESOURCE_UNKNOWN' });
  expect(await refused('history', 'proxmox.task')).toMatchObject({ exit: 2, code: 'HISTORY_NONE' });
  expect(await refused('history', 'proxmox.vm', 'homelab/999999')).toMatchObject({
    exit: 4,
    code: 'RECORD_NOT_FOUND',
  });
  expect(await refused('history', '--change', 'eaten')).toMatchObject({ exit: 2, code: 'QUERY_INVALID' });
  expect(await refused('history', '--after', 'nonsense')).toMatchObject({ exit: 2, code: 'CURSOR_INVALID' });
  expect(await refused('undo')).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await refused('undo', '--run', '00000000-0000-7000-8000-000000000000')).toMatchObject({ exit: 4 });
});
