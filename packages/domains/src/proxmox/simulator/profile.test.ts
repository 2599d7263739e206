// What clients of the versions 6 to 9 see differently.
import { describe, expect, it } from 'vitest';
import type { ApiVersion } from './simulator.ts';
import { ask, dataOf, simulators } from './test-client.ts';

const start = simulators();

type Row = Record<string, unknown>;
const byId = (rows: Row[], key: string, value: unknown): Row => rows.find((row) => row[key] === value) as Row;

describe('version differences', () => {
  const demo = (version: ApiVersion) => start({ version });
  const machine = async (version: ApiVersion, vmid: number): Promise<Row> =>
    byId(await dataOf(await demo(version), '/nodes/pve3/qemu'), 'vmid', version === 6 ? String(vmid) : vmid);
  const container = async (version: ApiVersion, vmid: number): Promise<Row> =>
    byId(await dataOf(await demo(version), '/nodes/pve3/lxc'), 'vmid', version < 8 ? String(vmid) : vmid);

  it('6 writes ids as text and names empty fields', async () => {
    expect(await machine(6, 107)).toMatchObject({ pid: null, template: '', lock: '' });
    expect(await machine(6, 105)).toMatchObject({ pid: expect.any(String) });
    expect(await machine(7, 105)).toMatchObject({ pid: expect.any(Number) });
    expect(await machine(7, 107)).not.toHaveProperty('lock');
  });

  it('7 still writes container ids as text, 8 does not', async () => {
    expect(await container(7, 203)).toMatchObject({ vmid: '203', type: 'lxc' });
    expect(await container(8, 203)).toMatchObject({ vmid: 203, pid: expect.any(Number) });
  });

  it('9 has host memory and pressure, numbers for machines and text for containers', async () => {
    expect(await machine(9, 105)).toMatchObject({
      memhost: expect.any(Number),
      pressurecpusome: expect.any(Number),
    });
    expect(await container(9, 203)).toMatchObject({ pressurecpusome: expect.stringMatching(/^\d+\.\d\d$/) });
    expect(await machine(8, 105)).not.toHaveProperty('memhost');
    expect(await container(8, 203)).not.toHaveProperty('pressurecpusome');
  });

  it.each<[ApiVersion, string, string]>([
    [6, 'number', 'string'],
    [7, 'number', 'string'],
    [8, 'string', 'number'],
    [9, 'string', 'number'],
  ])('%i gives memory as %s and nextid as %s', async (version, memory, nextid) => {
    const simulator = await demo(version);
    const config = await dataOf(simulator, '/nodes/pve1/qemu/101/config');
    expect(typeof config.memory).toBe(memory);
    expect('meta' in config).toBe(version > 6);
    expect(typeof (await dataOf(simulator, '/cluster/nextid'))).toBe(nextid);
  });

  it('calls SDN zones differently', async () => {
    const types = async (version: ApiVersion): Promise<string[]> =>
      (await dataOf(await demo(version), '/cluster/resources?type=sdn')).map((row: Row) => row.type);
    expect([await types(6), new Set(await types(8)), new Set(await types(9))]).toEqual([
      [],
      new Set(['sdn']),
      new Set(['network']),
    ]);
  });

  it('refuses a taken VMID', async () => {
    const simulator = await start();
    expect(Number(await dataOf(simulator, '/cluster/nextid'))).toBe(122);
    const reply = await ask(simulator, '/cluster/nextid?vmid=100');
    expect(JSON.parse(reply.text).errors).toEqual({ vmid: 'VM 100 already exists' });
  });
});
