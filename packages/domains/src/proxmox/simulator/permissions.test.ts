// Missing privileges: lists that are shorter without saying so, and refusals.
import { describe, expect, it } from 'vitest';
import { ask, dataOf, simulators } from './test-client.ts';

const start = simulators();

type Row = Record<string, unknown>;
const byId = (rows: Row[], key: string, value: unknown): Row => rows.find((row) => row[key] === value) as Row;

describe('permissions', () => {
  it('filters guests silently and says so only in /access/permissions', async () => {
    const simulator = await start();
    const before = await dataOf(simulator, '/access/permissions');
    expect(before['/vms']).toHaveProperty('VM.Audit', 1);
    simulator.permissions.deny('VM.Audit', '/vms/101');
    expect(byId(await dataOf(simulator, '/nodes/pve1/qemu'), 'vmid', 101)).toBeUndefined();
    expect(await ask(simulator, '/nodes/pve1/qemu/101/config')).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/101, VM.Audit)',
    });
    simulator.permissions.deny('VM.Audit');
    expect(await dataOf(simulator, '/nodes/pve1/qemu')).toEqual([]);
    expect(await dataOf(simulator, '/cluster/resources?type=vm')).toEqual([]);
    // Refused before existence is looked at.
    expect((await ask(simulator, '/nodes/pve1/qemu/99999/config')).status).toBe(403);
    expect((await dataOf(simulator, '/access/permissions'))['/vms']).not.toHaveProperty('VM.Audit');
    simulator.permissions.reset();
    expect(await dataOf(simulator, '/access/permissions')).toEqual(before);
  });

  it('hides node usage, node status and the tasks of others without Sys.Audit', async () => {
    const simulator = await start();
    simulator.permissions.deny('Sys.Audit');
    const row = byId(await dataOf(simulator, '/nodes'), 'node', 'pve1');
    expect(row).toMatchObject({ status: 'online' });
    expect(row).not.toHaveProperty('mem');
    expect(row).not.toHaveProperty('maxmem');
    expect((await ask(simulator, '/nodes/pve1/status')).reason).toBe(
      'Permission check failed (/nodes/pve1, Sys.Audit)',
    );
    expect((await ask(simulator, '/cluster/status')).status).toBe(403);
    const tasks: Row[] = await dataOf(simulator, '/nodes/pve1/tasks?limit=500');
    expect(new Set(tasks.map((task) => task.user))).toEqual(new Set(['root@pam']));
    const shared: Row[] = await dataOf(simulator, '/cluster/tasks');
    expect(new Set(shared.map((task) => task.user))).toEqual(new Set(['root@pam']));
  });

  it('filters storages and pools', async () => {
    const simulator = await start();
    simulator.permissions.deny('Datastore.Audit', '/storage/nas');
    simulator.permissions.deny('Pool.Audit', '/pool/lab');
    expect(await dataOf(simulator, '/storage')).toHaveLength(6);
    expect(byId(await dataOf(simulator, '/nodes/pve1/storage'), 'storage', 'nas')).toBeUndefined();
    const rows: Row[] = await dataOf(simulator, '/cluster/resources');
    expect(rows.some((row) => row.storage === 'nas')).toBe(false);
    expect(byId(rows, 'vmid', 108)).not.toHaveProperty('pool');
    expect(await dataOf(simulator, '/pools')).toEqual([{ poolid: 'production', comment: 'Keep running' }]);
    expect((await dataOf(simulator, '/pools/production')).members.length).toBeGreaterThan(5);
  });
});

describe('rights on one path', () => {
  it('go before those above it, and reach as far as they say', async () => {
    const simulator = await start();
    const { permissions } = simulator;
    permissions.deny('VM.Audit');
    permissions.grant('VM.Audit', '/vms/101');
    const rows: Row[] = await dataOf(simulator, '/cluster/resources?type=vm');
    expect(rows.map((row) => row.vmid)).toEqual([101]);
    permissions.grant('VM.Audit', '/vms', false);
    expect(await dataOf(simulator, '/cluster/resources?type=vm')).toHaveLength(1);
    expect(await dataOf(simulator, '/access/permissions')).toMatchObject({
      '/vms': { 'VM.Audit': 0 },
      '/vms/101': { 'VM.Audit': 1 },
    });
  });

  it('of a pool are those of its members', async () => {
    const simulator = await start();
    simulator.permissions.deny('VM.Audit');
    simulator.permissions.grant('VM.Audit', '/pool/lab');
    const rows: Row[] = await dataOf(simulator, '/cluster/resources?type=vm');
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map((row) => row.pool))).toEqual(new Set(['lab']));
    const rights = await dataOf(simulator, '/access/permissions');
    for (const { vmid } of rows) expect(rights[`/vms/${vmid}`]).toHaveProperty('VM.Audit');
  });

  it('that are none at all leave the path out, as if nobody had named it', async () => {
    const simulator = await start();
    simulator.permissions.noAccess('/vms/101');
    expect(await dataOf(simulator, '/access/permissions')).not.toHaveProperty('/vms/101');
    expect(await dataOf(simulator, '/access/permissions?path=/vms/101')).toEqual({});
    expect(await dataOf(simulator, '/access/permissions?path=/vms/102')).toHaveProperty('/vms/102');
  });
});
