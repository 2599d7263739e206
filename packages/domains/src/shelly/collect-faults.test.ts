// Whatever one device does, only its scope is incomplete, with the reason; the others are stored and nothing is lost.

import { describe, expect, test } from 'vitest';
import { devices } from './domain.ts';
import type { Device, Fault } from './simulator/simulator.ts';
import { incomplete, openLab } from './test-lab.ts';

const timeout = '1';

const faults: [string, Omit<Fault, 'path'>, string][] = [
  ['500', { kind: 'status' }, 'SOURCE_FAILED'],
  ['403', { kind: 'status', status: 403 }, 'SOURCE_FORBIDDEN'],
  [
    '503 with an error of RPC',
    { kind: 'status', status: 503, body: '{"code":-114,"message":"busy"}' },
    'SOURCE_FAILED',
  ],
  ['a redirect', { kind: 'status', status: 302 }, 'RESPONSE_UNEXPECTED'],
  ['a slow answer', { kind: 'slow', delayMs: 3_000 }, 'SOURCE_TIMEOUT'],
  ['half an answer', { kind: 'truncate' }, 'RESPONSE_TRUNCATED'],
  ['a reset', { kind: 'reset' }, 'SOURCE_RESET'],
  ['HTML', { kind: 'not-json' }, 'RESPONSE_NOT_JSON'],
  ['a list', { kind: 'wrong-shape' }, 'RESPONSE_UNEXPECTED'],
  ['five megabytes', { kind: 'huge' }, 'RESPONSE_TOO_LARGE'],
  ['deep nesting', { kind: 'deep' }, 'RESPONSE_UNEXPECTED'],
];

const byGeneration = (fleet: readonly Device[], generation: number): Device =>
  fleet.find((device) => device.generation === generation)!;

describe.each([
  [1, '/settings'],
  [1, '/status'],
  [2, '/rpc/Shelly.GetConfig'],
  [2, '/rpc/Shelly.GetStatus'],
] as const)('generation %i, %s', (generation, path) => {
  test.each(faults)('%s spoils one device and loses nothing', async (_, fault, code) => {
    await using lab = await openLab();
    await lab.connect({ timeout });
    await lab.sync();
    const { mac } = byGeneration(lab.simulator.devices, generation);
    const [before, config] = [await lab.device(mac), await lab.config(mac)];
    lab.simulator.faults.push({ ...fault, mac, path });
    const result = await lab.sync();
    expect(incomplete(result)).toEqual({ [`device/${mac}`]: code });
    expect(result).toMatchObject({ created: 0, changed: 0, deleted: 0 });
    expect([await lab.device(mac), await lab.config(mac)]).toEqual([before, config]);
    lab.simulator.faults.length = 0;
    expect(incomplete(await lab.sync())).toEqual({});
  });

  test.each(faults)(
    '%s at the first sweep still stores who it is, and the others',
    async (_, fault, code) => {
      await using lab = await openLab();
      await lab.connect({ timeout });
      const { mac, model, firmware } = byGeneration(lab.simulator.devices, generation);
      lab.simulator.faults.push({ ...fault, mac, path });
      expect(incomplete(await lab.sync())).toEqual({ [`device/${mac}`]: code });
      expect(await lab.device(mac)).toMatchObject({ model, firmware: firmware.build });
      expect(await lab.store.repository(devices).count()).toBe(18);
    },
  );
});

test.each(faults.filter(([name]) => name !== '403'))(
  '%s at /shelly of a stored device keeps its record',
  async (_, fault, code) => {
    await using lab = await openLab();
    await lab.connect({ timeout });
    await lab.sync();
    const { mac } = byGeneration(lab.simulator.devices, 3);
    const before = await lab.device(mac);
    lab.simulator.faults.push({ ...fault, mac, path: '/shelly' });
    expect(incomplete(await lab.sync())).toEqual({ [`device/${mac}`]: code });
    expect(await lab.device(mac)).toEqual(before);
  },
);

describe('a password', () => {
  const locked = ({ generation }: Device): boolean => generation !== 3;

  test('opens devices that want one, basic and digest, over many sweeps', async () => {
    await using lab = await openLab();
    for (const device of lab.simulator.devices.filter(locked)) device.password = 'correct horse';
    await lab.connect({ password: 'correct horse' });
    expect(incomplete(await lab.sync())).toEqual({});
    expect(await lab.sync()).toMatchObject({ created: 0, changed: 0, gauges: 0 });
    const [row] = (await lab.store.repository(devices).list({ where: { authEnabled: true } })).items;
    expect(row).toBeDefined();
  });

  test.each([
    ['none', undefined],
    ['a wrong one', 'battery staple'],
  ])('%s leaves what /shelly tells, and names the reason', async (_, password) => {
    await using lab = await openLab();
    const closed = lab.simulator.devices.filter(locked);
    for (const device of closed) device.password = 'correct horse';
    await lab.connect({ password });
    const result = await lab.sync();
    expect(incomplete(result)).toEqual(
      Object.fromEntries(closed.map(({ mac }) => [`device/${mac}`, 'SOURCE_AUTH'])),
    );
    expect(JSON.stringify(result)).not.toContain('battery staple');
    expect(await lab.store.repository(devices).count({ authEnabled: true })).toBe(closed.length);
    // Asked once with the password, and once without: no account is locked out.
    const { mac } = closed.find(({ generation }) => generation === 2)!;
    const refused = lab.simulator.requests.filter((entry) => entry.mac === mac && entry.status === 401);
    expect(refused.length).toBeLessThanOrEqual(2);
  });

  test('is sent to nobody who asks for it at /shelly', async () => {
    await using lab = await openLab();
    const { mac } = byGeneration(lab.simulator.devices, 1);
    lab.simulator.faults.push({ kind: 'status', status: 401, mac, path: '/shelly' });
    await lab.connect({ password: 'secret' });
    const address = lab.simulator.addressOf(byGeneration(lab.simulator.devices, 1));
    expect(incomplete(await lab.sync())).toEqual({ [`address/${address}`]: 'SOURCE_AUTH' });
    expect(lab.simulator.requests.filter((entry) => entry.mac === mac)).toHaveLength(1);
  });
});

describe('who is who', () => {
  test.each(['', '12:34', '000000000000', 'FFFFFFFFFFFF', 'ZZ9454000001', null, 17])(
    'the MAC %j is refused by name',
    async (wrong) => {
      await using lab = await openLab();
      const [device] = lab.simulator.devices;
      device!.mac = wrong as string;
      const address = lab.simulator.addressOf(device!);
      const result = await lab.sync();
      expect(incomplete(result)).toEqual({ [`address/${address}`]: 'RECORD_REJECTED' });
      expect(result.scopes.flatMap(({ rejected }) => rejected)).toMatchObject([{ id: address }]);
      expect(await lab.store.repository(devices).count()).toBe(17);
    },
  );

  test('a MAC in another spelling is the same device', async () => {
    await using lab = await openLab();
    const device = byGeneration(lab.simulator.devices, 4);
    const { mac } = device;
    await lab.sync();
    device.mac = mac.toLowerCase().match(/../g)!.join(':');
    const result = await lab.sync();
    expect(incomplete(result)).toEqual({});
    expect(result.created).toBe(0);
    expect(await lab.device(mac)).toBeDefined();
  });

  test('of a device that is another one in its settings, only who it is is kept', async () => {
    await using lab = await openLab();
    const [device] = lab.simulator.devices;
    device!.settings['device'].mac = '34945400BEEF';
    const result = await lab.sync();
    expect(incomplete(result)).toEqual({ [`device/${device!.mac}`]: 'RECORD_REJECTED' });
    expect(result.scopes.flatMap(({ rejected }) => rejected)[0]!.message).toContain('34945400BEEF');
    expect(await lab.device(device!.mac)).toMatchObject({ model: device!.model, name: null, uptime: null });
    expect(await lab.config(device!.mac)).toBeUndefined();
    expect(await lab.device('34945400BEEF')).toBeUndefined();
  });

  test('of two devices with one MAC, the one at the stored address counts, and the other is named', async () => {
    await using lab = await openLab();
    await lab.sync();
    const [first, second] = lab.simulator.devices.filter(({ generation }) => generation === 2);
    const was = second!.mac;
    second!.mac = first!.mac;
    second!.settings['sys'].device.mac = first!.mac;
    const result = await lab.sync();
    expect(incomplete(result)).toEqual({
      [`device/${first!.mac}`]: 'RECORD_REJECTED',
      [`device/${was}`]: 'SOURCE_NODE_OFFLINE',
    });
    expect(result.scopes.flatMap(({ rejected }) => rejected)).toMatchObject([
      { id: lab.simulator.addressOf(second!), message: expect.stringContaining(first!.mac) },
    ]);
    expect(result).toMatchObject({ created: 0, changed: 0, deleted: 0 });
    expect(await lab.device(first!.mac)).toMatchObject({ address: lab.simulator.addressOf(first!) });
    expect(await lab.device(was)).toMatchObject({ absentSince: null });
  });
});
