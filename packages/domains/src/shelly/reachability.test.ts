// Devices that sleep, vanish, move or are not where somebody said: what is kept, and what is told.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isHoldfastError } from '@holdfast/core';
import { credentialsOf, requireSource } from '@holdfast/core/system';
import { expect, test } from 'vitest';
import { devices, shellyCollector } from './domain.ts';
import { makeFleet } from './simulator/simulator.ts';
import { incomplete, type Lab, openLab } from './test-lab.ts';

const testSource = async (lab: Lab): Promise<unknown> => {
  const source = await requireSource(lab.store, 'home');
  try {
    return await shellyCollector.test({ source, credentials: credentialsOf(source), signal: undefined });
  } catch (error) {
    return isHoldfastError(error) ? error.code : error;
  }
};

test('a sleeping or vanished device is an incomplete scope, and its record stays', async () => {
  await using lab = await openLab();
  await lab.sync();
  const battery = lab.simulator.devices.find((device) => device.battery && device.generation === 2)!;
  const mains = lab.simulator.devices.find((device) => !device.battery)!;
  const before = [await lab.device(battery.mac), await lab.device(mains.mac)];
  await lab.simulator.sleep(battery);
  await lab.simulator.sleep(mains);
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({
    [`device/${battery.mac}`]: 'SOURCE_ASLEEP',
    [`device/${mains.mac}`]: 'SOURCE_UNREACHABLE',
  });
  expect(result).toMatchObject({ created: 0, changed: 0, deleted: 0 });
  expect([await lab.device(battery.mac), await lab.device(mains.mac)]).toEqual(before);
  await lab.simulator.wake(battery);
  await lab.simulator.wake(mains);
  expect(incomplete(await lab.sync())).toEqual({});
});

test('a device with another address is found by its MAC', async () => {
  await using lab = await openLab();
  await lab.sync();
  const [device] = lab.simulator.devices;
  const address = await lab.simulator.move(device!);
  await lab.connect();
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({});
  expect(result).toMatchObject({ created: 0, changed: 1, deleted: 0 });
  expect(await lab.device(device!.mac)).toMatchObject({ address });
});

test('an address that another device has got is no proof of anything', async () => {
  await using lab = await openLab(makeFleet({ devices: 2 }));
  await lab.sync();
  const [first, second] = lab.simulator.devices;
  const gone = first!.mac;
  first!.mac = '349454ABCDEF';
  first!.settings['device'].mac = first!.mac;
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({ [`device/${gone}`]: 'SOURCE_NODE_OFFLINE' });
  expect(result.scopes.find(({ scope }) => scope === `device/${gone}`)!.error!.message).toContain(first!.mac);
  expect(await lab.device(gone)).toMatchObject({ absentSince: null });
  expect(await lab.device(second!.mac)).toBeDefined();
});

test('a stored device is still asked for when the list no longer has it', async () => {
  await using lab = await openLab();
  await lab.sync();
  await lab.connect({ addresses: lab.simulator.addresses[0]! });
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({});
  expect(result.unchanged).toBe(36);
});

test('nothing in a range is no failure and no scope; at a named address it is', async () => {
  await using lab = await openLab(makeFleet({ devices: 1 }));
  const [address] = lab.simulator.addresses;
  await lab.connect({ addresses: `127.77.0.0/24,${address},127.0.0.1:9` });
  const result = await lab.sync();
  expect(result.scopes.map(({ scope }) => scope).sort()).toEqual([
    'address/127.0.0.1:9',
    `device/${lab.simulator.devices[0]!.mac}`,
  ]);
  expect(incomplete(result)).toEqual({ 'address/127.0.0.1:9': 'SOURCE_UNREACHABLE' });
});

test('what is no Shelly is passed over in a range, and named where somebody expected one', async () => {
  const server = createServer((_, response) => response.end('{"router":true}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await using lab = await openLab(makeFleet({ devices: 1 }));
  await lab.connect({ addresses: `127.0.0.1-127.0.0.2:${port}` });
  expect((await lab.sync()).scopes).toEqual([]);
  await lab.connect({ addresses: `127.0.0.1:${port}` });
  expect(incomplete(await lab.sync())).toEqual({ [`address/127.0.0.1:${port}`]: 'RESPONSE_UNEXPECTED' });
  server.close();
});

test('one device under two names is one device', async () => {
  await using lab = await openLab(makeFleet({ devices: 1 }));
  const { port } = new URL(`http://${lab.simulator.addresses[0]}`);
  await lab.connect({ addresses: `127.0.0.1:${port},localhost:${port}` });
  const result = await lab.sync();
  expect(incomplete(result)).toEqual({});
  expect(await lab.store.repository(devices).count()).toBe(1);
});

test('devices that announce themselves are found by multicast, Gen1 too', async () => {
  await using lab = await openLab(makeFleet({ devices: 18 }));
  const responder = await lab.simulator.announce();
  await lab.connect({ addresses: undefined, mdns: true });
  const result = await lab.sync();
  responder.close();
  expect(incomplete(result)).toEqual({});
  expect(result.scopes.map(({ scope }) => scope)).toContain('mdns');
  const { items } = await lab.store.repository(devices).list({ limit: 100 });
  expect(items.map(({ mac }) => mac)).toEqual(lab.simulator.devices.map(({ mac }) => mac).sort());
});

test('a test of the source tells how many answer, or why none does', async () => {
  await using lab = await openLab();
  expect(await testSource(lab)).toEqual({ devices: 18, silent: 0 });
  const [device] = lab.simulator.devices;
  device!.password = 'secret';
  expect(await testSource(lab)).toBe('SOURCE_AUTH');
  await lab.connect({ addresses: '127.0.0.1:9' });
  expect(await testSource(lab)).toBe('SOURCE_UNREACHABLE');
  await lab.connect({ addresses: '127.77.0.0/29' });
  expect(await testSource(lab)).toBe('SOURCE_UNREACHABLE');
});
