// A healthy fleet of every generation is stored under its MACs, and a second sweep finds nothing new.

import { describe, expect, test } from 'vitest';
import { deviceConfigs, devices } from './domain.ts';
import { makeFleet, rename, switchOutput, tick, updateFirmware } from './simulator/simulator.ts';
import { incomplete, openLab } from './test-lab.ts';

const quiet = { created: 0, changed: 0, deleted: 0, gauges: 0 };

test('stores every device of every generation under its MAC, with its configuration', async () => {
  await using lab = await openLab(makeFleet({ devices: 36 }));
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({});
  expect(result).toMatchObject({ created: 72, changed: 0, deleted: 0 });
  for (const device of lab.simulator.devices) {
    const row = await lab.device(device.mac);
    expect(row).toMatchObject({
      mac: device.mac,
      model: device.model,
      generation: device.generation,
      firmware: device.firmware.build,
      firmwareVersion: device.firmware.version,
      address: lab.simulator.addressOf(device),
      ip: device.ip,
      ssid: 'iot',
      authEnabled: false,
      sleeps: device.battery,
      uptime: device.uptime,
      rssi: device.rssi,
      absentSince: null,
    });
    expect(row!.name).toBe(
      device.generation === 1 ? device.settings['name'] : device.settings['sys'].device.name,
    );
    const config = await lab.config(device.mac);
    expect(config!.configDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(config!.config!)).toEqual(expect.arrayContaining(['mqtt', 'cloud']));
  }
  expect(new Set(lab.simulator.devices.map(({ generation }) => generation))).toEqual(new Set([1, 2, 3, 4]));
});

test('a second sweep of an unchanged fleet changes nothing, and writes no record', async () => {
  await using lab = await openLab();
  await lab.sync();
  const before = (await lab.store.repository(devices).list({ limit: 100 })).items;
  for (let again = 0; again < 2; again++) {
    const { created, changed, deleted, gauges, unchanged } = await lab.sync();
    expect({ created, changed, deleted, gauges }).toEqual(quiet);
    expect(unchanged).toBe(36);
  }
  expect((await lab.store.repository(devices).list({ limit: 100 })).items).toEqual(before);
});

test('clocks, counters and outputs are gauges: they change no record', async () => {
  await using lab = await openLab();
  await lab.sync();
  const device = lab.simulator.devices.find(({ app }) => app === 'Plus2PM')!;
  tick(lab.simulator.devices, 60);
  switchOutput(device, 0, !device.channels[0]!.output);
  // Revisions also count what changes nothing.
  for (const each of lab.simulator.devices) each.revision++;
  const result = await lab.sync();
  expect(result).toMatchObject({ created: 0, changed: 0, deleted: 0, gauges: 18 });
  const row = await lab.device(device.mac);
  expect(row).toMatchObject({
    uptime: device.uptime,
    configRevision: device.revision,
    channels: { 'switch:0': { output: device.channels[0]!.output, voltage: 230.4 } },
  });
});

describe('what is read of each kind', () => {
  test.each([
    ['1pm', { components: ['relay:0'], ssid: 'iot', profile: 'relay' }],
    [
      'Plus2PM',
      { components: ['input:0', 'input:1', 'switch:0', 'switch:1'], profile: 'switch', voltage: 230.4 },
    ],
    ['2PMG3', { components: ['cover:0', 'input:0'], profile: 'cover' }],
    ['Pro3EM', { components: ['em:0', 'emdata:0'], voltage: 230.4 }],
    ['PlusHT', { sleeps: true, humidity: 48.5, battery: 88 }],
    ['ht', { sleeps: true, humidity: 48.5, battery: 91 }],
  ])('%s', async (app, expected) => {
    await using lab = await openLab();
    await lab.sync();
    const device = lab.simulator.devices.find((each) => each.app === app)!;
    const row = await lab.device(device.mac);
    expect(row).toMatchObject(expected);
    const power = device.channels.reduce((sum, { output, load }) => sum + (output ? load : 0), 0);
    const energy = device.channels.reduce((sum, channel) => sum + channel.energy, 0);
    if (device.channels.length === 0) expect(row).toMatchObject({ power: null, energy: null });
    else {
      expect(row!.power).toBeCloseTo(power, 3);
      // Gen1 counts whole watt-minutes.
      expect(row!.energy).toBeCloseTo(energy, 1);
    }
  });
});

test('components that were added are part of the configuration, page by page', async () => {
  await using lab = await openLab();
  const device = lab.simulator.devices.find(({ generation }) => generation === 4)!;
  for (let id = 200; id < 212; id++)
    device.added[`number:${id}`] = { config: { id, name: `Slot ${id}` }, status: { value: id } };
  await lab.sync();
  const { config } = (await lab.config(device.mac))!;
  expect(Object.keys(config!).filter((key) => key.startsWith('number:'))).toHaveLength(12);
  expect((await lab.device(device.mac))!.channels).toMatchObject({ 'number:211': { value: 211 } });
});

test('exactly the device that changed is reported', async () => {
  await using lab = await openLab();
  await lab.sync();
  const [first, , third] = lab.simulator.devices;
  rename(first!, 'Renamed');
  updateFirmware(lab.simulator.devices[8]!, '1.8.0');
  const result = await lab.sync();
  const changed = result.scopes.filter((scope) => scope.changed > 0).map(({ scope }) => scope);
  expect(changed.sort()).toEqual(
    [first!, lab.simulator.devices[8]!].map(({ mac }) => `device/${mac}`).sort(),
  );
  expect(await lab.device(first!.mac)).toMatchObject({ name: 'Renamed' });
  expect((await lab.config(first!.mac))!.config).toMatchObject({ name: 'Renamed' });
  expect(await lab.device(lab.simulator.devices[8]!.mac)).toMatchObject({ firmwareVersion: '1.8.0' });
  expect(await lab.device(third!.mac)).toMatchObject({ name: third!.settings['name'] });
});

test('what people keep with a device survives every sweep', async () => {
  await using lab = await openLab();
  await lab.sync();
  const [device] = lab.simulator.devices;
  const kept = {
    tags: ['upstairs'],
    overrides: { mqtt: { enable: true } },
    overrideSecrets: '{"mqtt.pass":"x"}',
  };
  await lab.store.repository(devices).update({ source: 'home', mac: device!.mac }, kept);
  rename(device!, 'Other');
  await lab.sync();
  const row = await lab.device(device!.mac);
  expect(row).toMatchObject({ name: 'Other', tags: kept.tags, overrides: kept.overrides });
  expect(row!.overrideSecrets!.reveal()).toBe(kept.overrideSecrets);
});

test('secrets that a device shows are kept sealed and apart, and are no change while they stay', async () => {
  await using lab = await openLab();
  const [device] = lab.simulator.devices;
  device!.settings['pin_code'] = '4711';
  await lab.sync();
  const row = (await lab.config(device!.mac))!;
  const key = device!.settings['wifi_ap'].key as string;
  expect(JSON.parse(row.secrets!.reveal())).toEqual({ pin_code: '4711', 'wifi_ap.key': key });
  expect(JSON.stringify(row)).not.toContain(key);
  expect(JSON.stringify(row.config)).not.toContain('4711');
  expect(await lab.sync()).toMatchObject(quiet);
  device!.settings['wifi_ap'].key = 'another-key';
  expect(await lab.sync()).toMatchObject({ changed: 1 });
  expect((await lab.config(device!.mac))!.secrets!.reveal()).toContain('another-key');
  expect(await lab.sync()).toMatchObject(quiet);
});

test('hostile names are stored, and break nothing', async () => {
  await using lab = await openLab(makeFleet({ devices: 28, hostile: true }));
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({});
  const { items } = await lab.store.repository(devices).list({ limit: 100 });
  expect(items).toHaveLength(28);
  for (const { name } of items)
    expect(name === null || (name.isWellFormed() && !name.includes('\0'))).toBe(true);
  expect(await lab.store.repository(deviceConfigs).count()).toBe(28);
  expect(await lab.sync()).toMatchObject(quiet);
  expect(await lab.store.check()).toEqual([]);
});
