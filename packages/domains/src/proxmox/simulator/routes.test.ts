// What the API tells of nodes, guests and storages.
import { describe, expect, it } from 'vitest';
import { makeCluster, setConfig, setNodeOnline, setPending, takeSnapshot } from './simulator.ts';
import { ask, dataOf, simulators } from './test-client.ts';

const start = simulators();

type Row = Record<string, unknown>;
const byId = (rows: Row[], key: string, value: unknown): Row => rows.find((row) => row[key] === value) as Row;

describe('nodes', () => {
  it('leaves the usage of an offline node out', async () => {
    const simulator = await start();
    const rows = await dataOf(simulator, '/nodes');
    expect(Object.keys(byId(rows, 'node', 'pve4')).sort()).toEqual([
      'id',
      'node',
      'ssl_fingerprint',
      'status',
      'type',
    ]);
    expect(byId(rows, 'node', 'pve1')).toMatchObject({
      status: 'online',
      maxcpu: expect.any(Number),
      level: '',
    });
    setNodeOnline(simulator.cluster, 'pve3', false, false);
    const fresh = byId(await dataOf(simulator, '/nodes'), 'node', 'pve3');
    expect(fresh).toMatchObject({ status: 'offline', maxmem: expect.any(Number) });
    expect(fresh).not.toHaveProperty('mem');
  });

  it('answers 595 for calls to an offline node and 500 for an unknown one', async () => {
    const simulator = await start();
    for (const path of ['status', 'qemu', 'lxc', 'storage', 'tasks']) {
      expect(await ask(simulator, `/nodes/pve4/${path}`)).toMatchObject({
        status: 595,
        reason: 'No route to host',
        text: '',
      });
    }
    const reply = await ask(simulator, '/nodes/pve9/qemu');
    expect(reply.status).toBe(500);
    expect(reply.reason).toContain("hostname lookup 'pve9' failed");
  });

  it('tells the status with text for load', async () => {
    const status = await dataOf(await start(), '/nodes/pve1/status');
    expect(status.loadavg).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
    expect(status.pveversion).toBe('pve-manager/9.2.11/7b5a1c9e0f3d2846');
    expect(status['boot-info']).toEqual({ mode: 'efi', secureboot: 0 });
    expect(await dataOf(await start({ version: 7 }), '/nodes/pve1/status')).not.toHaveProperty('boot-info');
  });

  it('has a cluster row only in a cluster', async () => {
    const cluster: Row[] = await dataOf(await start(), '/cluster/status');
    expect(byId(cluster, 'type', 'cluster')).toMatchObject({ name: 'homelab', nodes: 4, quorate: 1 });
    expect(byId(cluster, 'name', 'pve4')).toMatchObject({ online: 0, local: 0 });
    const single: Row[] = await dataOf(
      await start({ cluster: makeCluster({ nodes: 1 }) }),
      '/cluster/status',
    );
    expect(single).toEqual([expect.objectContaining({ type: 'node', nodeid: 0, local: 1, online: 1 })]);
  });
});

describe('guests', () => {
  it('lists machines without and with the monitor fields', async () => {
    const simulator = await start();
    const plain = byId(await dataOf(simulator, '/nodes/pve1/qemu'), 'vmid', 111);
    expect(plain).toMatchObject({ status: 'running', disk: 0, diskread: 0, memhost: expect.any(Number) });
    expect(plain).not.toHaveProperty('qmpstatus');
    const full = byId(await dataOf(simulator, '/nodes/pve1/qemu?full=1'), 'vmid', 111);
    expect(full).toMatchObject({ status: 'running', qmpstatus: 'paused', ballooninfo: expect.any(Object) });
    const template = byId(await dataOf(simulator, '/nodes/pve1/qemu'), 'vmid', 9000);
    expect(template).toMatchObject({ template: 1, status: 'stopped', uptime: 0 });
    expect(template).not.toHaveProperty('pid');
    expect(byId(await dataOf(simulator, '/nodes/pve2/qemu'), 'vmid', 102)).toMatchObject({ lock: 'backup' });
  });

  it('tells high availability in the current status', async () => {
    const simulator = await start();
    const ha = (await dataOf(simulator, '/nodes/pve1/qemu/100/status/current')).ha;
    expect(ha).toEqual({ managed: 1, state: 'started', group: 'prefer-fast' });
    expect((await dataOf(simulator, '/nodes/pve1/lxc/200/status/current')).ha).toEqual({ managed: 0 });
    expect(await dataOf(simulator, '/cluster/ha/resources')).toEqual([
      expect.objectContaining({ sid: 'vm:100', state: 'started' }),
    ]);
  });

  it('changes the digest with settings, pending changes and snapshots', async () => {
    const simulator = await start();
    const config = async (query = '') => dataOf(simulator, `/nodes/pve1/qemu/101/config${query}`);
    const digests = [(await config()).digest];
    expect(digests[0]).toMatch(/^[0-9a-f]{40}$/);
    setConfig(simulator.cluster, 101, { cores: 7, cipassword: 'secret' });
    digests.push((await config()).digest);
    expect(await config()).toMatchObject({ cores: 7, cipassword: '**********' });
    setPending(simulator.cluster, 101, { cores: 8 });
    digests.push((await config()).digest);
    expect([(await config()).cores, (await config('?current=1')).cores]).toEqual([8, 7]);
    const pending: Row[] = await dataOf(simulator, '/nodes/pve1/qemu/101/pending');
    expect(byId(pending, 'key', 'cores')).toEqual({ key: 'cores', value: 7, pending: 8 });
    takeSnapshot(simulator.cluster, 101, 'before');
    digests.push((await config()).digest);
    expect(new Set(digests).size).toBe(4);
  });

  it('gives other keys in another order each time', async () => {
    const simulator = await start();
    const texts = new Set<string>();
    for (let count = 0; count < 5; count += 1) texts.add((await ask(simulator, '/nodes/pve1/qemu')).text);
    expect(texts.size).toBe(5);
  });
});

describe('/cluster/resources', () => {
  it('lists everything, and guests of a dead node by identity only', async () => {
    const simulator = await start();
    const rows: Row[] = await dataOf(simulator, '/cluster/resources');
    const dead = rows.filter((row) => row.node === 'pve4' && typeof row.vmid === 'number');
    expect(dead).toHaveLength(6);
    for (const row of dead) {
      expect(Object.keys(row).sort()).toEqual(['id', 'node', 'status', 'type', 'vmid']);
      expect(row.status).toBe('unknown');
    }
    const kinds = new Set(rows.map((row) => row.type));
    expect(kinds).toEqual(new Set(['qemu', 'lxc', 'node', 'storage', 'pool', 'network']));
    expect(byId(rows, 'id', 'qemu/100')).toMatchObject({ name: 'opnsense', hastate: 'started', template: 0 });
    const far = byId(rows, 'id', 'storage/pve4/local');
    expect(far.status).toBe('unknown');
    expect(far).not.toHaveProperty('maxdisk');
    expect(rows.filter((row) => row.storage === 'tank')).toHaveLength(2);
    expect(byId(rows, 'id', '/pool/production').mem).toBeGreaterThan(0);
  });

  it('keeps lock and tags of guests on a dead node, which come from the shared files', async () => {
    const simulator = await start();
    setNodeOnline(simulator.cluster, 'pve2', false);
    const row = byId(await dataOf(simulator, '/cluster/resources?type=vm'), 'vmid', 102);
    expect(row).toMatchObject({ status: 'unknown', lock: 'backup', tags: 'prod' });
    expect(row).not.toHaveProperty('name');
    setNodeOnline(simulator.cluster, 'pve3', false, false);
    expect(byId(await dataOf(simulator, '/cluster/resources?type=vm'), 'vmid', 105)).toMatchObject({
      status: 'running',
      name: 'gitlab',
    });
  });

  it('answers for many guests', async () => {
    const simulator = await start({
      cluster: makeCluster({ nodes: 9, vms: 7000, containers: 3000, tasks: 0 }),
    });
    const rows: Row[] = await dataOf(simulator, '/cluster/resources?type=vm');
    expect(new Set(rows.map((row) => row.vmid)).size).toBe(10_000);
  });
});

describe('storages', () => {
  it('lists those of a node, also the ones it may not use', async () => {
    const simulator = await start();
    const rows: Row[] = await dataOf(simulator, '/nodes/pve1/storage');
    expect(rows).toHaveLength(7);
    const tank = byId(rows, 'storage', 'tank');
    expect(tank).toMatchObject({ enabled: 0, active: 0, total: 0, used: 0, avail: 0 });
    expect(tank).not.toHaveProperty('used_fraction');
    expect(byId(rows, 'storage', 'nas')).toMatchObject({ shared: 1, used_fraction: expect.any(Number) });
    const enabled: Row[] = await dataOf(simulator, '/nodes/pve1/storage?enabled=1');
    expect(enabled).toHaveLength(6);
  });

  it('gives all definitions the same digest', async () => {
    const simulator = await start();
    const rows: Row[] = await dataOf(simulator, '/storage');
    expect(new Set(rows.map((row) => row.digest)).size).toBe(1);
    expect(byId(rows, 'storage', 'tank').nodes).toMatch(/^pve[23],pve[23]$/);
    expect(byId(rows, 'storage', 'local')).not.toHaveProperty('shared');
  });
});
