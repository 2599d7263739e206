// The way of somebody with a house full of devices: name their addresses, read them, look at one, read them again.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFleet, rename, type Simulator, startSimulator, tick } from '@holdfast/domains/shelly/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cli, openCli } from './run-cli.ts';

let cli: Cli;
let simulator: Simulator;
let file: string;

beforeAll(async () => {
  cli = openCli();
  simulator = await startSimulator({ devices: makeFleet({ devices: 120 }) });
  for (const device of simulator.devices.slice(0, 40)) device.password = 'open sesame';
  file = join(cli.folder, 'fleet');
  writeFileSync(file, `# the house\n${simulator.addresses.join('\n')}\n`);
  writeFileSync(join(cli.folder, 'password'), 'open sesame\n');
});

afterAll(async () => {
  await simulator.close();
  cli[Symbol.dispose]();
});

describe('one after the other', () => {
  test('a source is added from a file of addresses, its password nowhere in sight', async () => {
    const added = await cli.run(
      ...['source', 'add', 'shelly', 'home', '--addresses', '@fleet', '--password-file', 'password'],
    );
    expect(added).toMatchObject({ exit: 0, stderr: '' });
    const listed = await cli.run('source', 'list');
    expect(listed.stdout).toContain(`@${file}`);
    for (const { stdout } of [added, listed, await cli.run('--json', 'source', 'list')])
      expect(stdout).not.toContain('open sesame');
    const tested = await cli.run('--json', 'source', 'test', 'home');
    expect(tested).toMatchObject({ exit: 0, json: { ok: true, found: { devices: 120, silent: 0 } } });
  });

  test('the first sync stores every device under its MAC', async () => {
    const { exit, json } = await cli.run('--json', 'sync');
    expect(exit).toBe(0);
    expect(json.sources).toMatchObject([{ source: 'home', domain: 'shelly', created: 240, changed: 0 }]);
    const { items } = (await cli.run('--json', 'list', 'shelly.device')).json;
    expect(items.map(({ mac }: { mac: string }) => mac)).toEqual(
      simulator.devices.map(({ mac }) => mac).sort(),
    );
    expect(new Set(items.map(({ generation }: { generation: number }) => generation))).toEqual(
      new Set([1, 2, 3, 4]),
    );
    expect((await cli.run('--json', 'list', 'shelly.config')).json.items).toHaveLength(120);
  });

  test('the second sync changes nothing', async () => {
    const { exit, json } = await cli.run('--json', 'sync');
    expect(exit).toBe(0);
    expect(json.sources).toMatchObject([{ created: 0, changed: 0, deleted: 0, unchanged: 240, gauges: 0 }]);
  });

  test('a device is shown with its scope and when it last answered', async () => {
    const [device] = simulator.devices;
    const { json } = await cli.run('--json', 'show', 'shelly.device', `home/${device!.mac}`);
    expect(json).toMatchObject({
      id: `home/${device!.mac}`,
      scope: `device/${device!.mac}`,
      lastConfirmedAt: expect.stringMatching(/Z$/),
      overrideSecrets: null,
    });
    const config = await cli.run('show', 'shelly.config', `home/${device!.mac}`);
    expect(config.stdout).not.toContain(device!.settings['wifi_ap'].key);
  });

  test('a device that sleeps makes the sync partly done, and stays as it was', async () => {
    const device = simulator.devices.find(({ battery }) => battery)!;
    await simulator.sleep(device);
    tick(simulator.devices, 30);
    rename(simulator.devices[1]!, 'Renamed');
    const { exit, json } = await cli.run('--json', 'sync');
    expect(exit).toBe(7);
    expect(json.sources[0]).toMatchObject({ created: 0, changed: 2, deleted: 0 });
    const open = json.sources[0].scopes.filter((scope: { complete: boolean }) => !scope.complete);
    expect(open).toMatchObject([
      {
        scope: `device/${device.mac}`,
        error: { code: 'SOURCE_ASLEEP', hint: expect.stringContaining('awake') },
      },
    ]);
    const status = (await cli.run('--json', 'status')).json;
    expect(status.resources).toContainEqual({ resource: 'shelly.device', records: 120, absent: 0 });
  });

  test('doctor and check find nothing, and everything goes with the source', async () => {
    expect((await cli.run('--json', 'doctor')).json).toEqual({ ok: true, findings: [] });
    expect((await cli.run('--json', 'db', 'check')).json).toEqual({ ok: true, findings: [] });
    expect((await cli.run('--json', '--yes', 'source', 'remove', 'home')).exit).toBe(0);
    expect((await cli.run('--json', 'list', 'shelly.device')).json.items).toEqual([]);
  });
});

test('every resource can be listed', async () => {
  using seeded = openCli({}, { oneProcess: true });
  await seeded.run('db', 'seed', '--size', '30');
  const { resources } = (await seeded.run('--json', 'status')).json;
  const names = resources
    .map(({ resource }: { resource: string }) => resource)
    .filter((name: string) => name.startsWith('shelly.'));
  expect(names).toHaveLength(17);
  for (const name of names) {
    const [text, json] = [await seeded.run('list', name), await seeded.run('--json', 'list', name)];
    expect({ name, exits: [text.exit, json.exit] }).toEqual({ name, exits: [0, 0] });
    expect(text.stdout.split('\n').length).toBeGreaterThan(3);
    expect(json.json.items.length).toBeGreaterThan(0);
    const shown = await seeded.run('--json', 'show', name, json.json.items[0].id);
    expect(shown.exit).toBe(0);
  }
});

test.each([
  [['--addresses', '10.0.0.300'], '--addresses'],
  [['--addresses', '@missing'], '--addresses'],
  [[], '--addresses'],
  [['--addresses', '10.0.0.1', '--timeout', 'x'], '--timeout'],
  [['--addresses', '10.0.0.1', '--password-file', 'missing'], '--password-file'],
])('%j is refused by name, and nothing is made', async (flags, named) => {
  using fresh = openCli();
  const ran = await fresh.run('--json', 'source', 'add', 'shelly', 'home', ...flags);
  expect(ran).toMatchObject({ exit: 2, json: { error: { code: 'SETTING_INVALID' } } });
  expect(ran.json.error.message).toContain(named);
  expect((await fresh.run('--json', 'source', 'list')).exit).toBe(4);
});
