// Made-up clusters: repeatable, consistent, and the changes that can happen to them.
import { describe, expect, it } from 'vitest';
import {
  addNode,
  addStorage,
  type Cluster,
  createGuest,
  destroyGuest,
  finishTask,
  makeCluster,
  makeDemoCluster,
  migrate,
  recreateGuest,
  removeNode,
  removeStorage,
  runTask,
  setConfig,
  setNodeOnline,
  setPending,
  setStatus,
  tick,
} from './simulator.ts';
import { formatUpid, parseUpid } from './upid.ts';

const plain = ({ random: _, guests, ha, ...rest }: Cluster): unknown => ({
  ...rest,
  guests: [...guests],
  ha: [...ha],
});
const lastTask = (cluster: Cluster) => cluster.tasks.at(-1);

describe('makeCluster', () => {
  it('is the same for the same options and another for another seed', () => {
    const options = { nodes: 5, vms: 80, containers: 40, storages: 12, tasks: 100, seed: 42 };
    expect(plain(makeCluster(options))).toEqual(plain(makeCluster(options)));
    expect(plain(makeCluster({ ...options, seed: 43 }))).not.toEqual(plain(makeCluster(options)));
  });

  it('has unique VMIDs, storages of many types and tasks of every outcome', () => {
    const cluster = makeCluster({ nodes: 4, vms: 500, containers: 300, storages: 22, tasks: 400 });
    expect(cluster.guests.size).toBe(800);
    expect(new Set(cluster.storages.map((storage) => storage.storage)).size).toBe(22);
    const types = new Set(cluster.storages.map((storage) => storage.type));
    for (const type of [
      'dir',
      'lvmthin',
      'zfspool',
      'nfs',
      'pbs',
      'rbd',
      'cifs',
      'lvm',
      'iscsi',
      'btrfs',
      'cephfs',
    ]) {
      expect(types).toContain(type);
    }
    expect(new Set(cluster.tasks.map((task) => task.upid)).size).toBe(400);
    const outcomes = cluster.tasks.map((task) => task.status ?? '');
    expect(outcomes.some((status) => status === 'OK')).toBe(true);
    expect(outcomes.some((status) => status.startsWith('WARNINGS: '))).toBe(true);
    expect(outcomes.some((status) => !/^(OK|WARNINGS)/.test(status))).toBe(true);
    for (const task of cluster.tasks) {
      const { upid: _, endtime: __, status: ___, log: ____, ...parts } = task;
      expect(parseUpid(task.upid)).toEqual(parts);
    }
  });

  it('gives guests the settings of the product', () => {
    const { guests } = makeCluster({ vms: 1, containers: 1 });
    expect(guests.get(100)?.config).toMatchObject({
      net0: expect.stringMatching(/^virtio=BC:24:11:(..:){2}..,bridge=vmbr0/),
      scsi0: expect.stringMatching(/^local-lvm:(vm|base)-100-disk-0,/),
      smbios1: expect.stringMatching(/^uuid=[0-9a-f-]{36}$/),
      vmgenid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      meta: expect.stringMatching(/^creation-qemu=.+,ctime=\d+$/),
    });
    expect(guests.get(101)?.config).toMatchObject({
      hostname: 'dns-1',
      rootfs: expect.any(String),
      unprivileged: 1,
    });
  });
});

describe('makeDemoCluster', () => {
  it('has what the demo shows', () => {
    const cluster = makeDemoCluster({ now: 1_767_225_600 });
    const guests = [...cluster.guests.values()];
    const count = (test: (guest: (typeof guests)[number]) => boolean): number => guests.filter(test).length;
    expect(cluster.nodes.map((node) => [node.name, node.online])).toEqual([
      ['pve1', true],
      ['pve2', true],
      ['pve3', true],
      ['pve4', false],
    ]);
    expect(count((guest) => guest.type === 'qemu')).toBe(24);
    expect(count((guest) => guest.type === 'lxc')).toBe(12);
    expect(count((guest) => guest.config.template === 1)).toBe(2);
    expect(count((guest) => guest.qmpstatus === 'paused')).toBe(1);
    expect(count((guest) => guest.config.lock === 'backup')).toBe(1);
    expect(cluster.ha.size).toBe(1);
    expect(cluster.storages).toHaveLength(7);
    expect(cluster.tasks).toHaveLength(60);
    expect(cluster.tasks.filter((task) => task.endtime === undefined)).toHaveLength(1);
    expect(cluster.tasks.some((task) => task.status !== undefined && !/^(OK|WARN)/.test(task.status))).toBe(
      true,
    );
    expect(plain(makeDemoCluster({ now: 1_767_225_600 }))).toEqual(plain(cluster));
  });
});

describe('changes', () => {
  const demo = (): Cluster => makeDemoCluster({ now: 1_767_225_600 });

  it('tick moves gauges of the living and leaves settings alone', () => {
    const cluster = demo();
    const before = structuredClone({ guests: cluster.guests, now: cluster.now });
    tick(cluster, { seconds: 30 });
    expect(cluster.now).toBe(before.now + 30);
    const [alive, dead] = [cluster.guests.get(101), cluster.guests.get(118)];
    expect(alive?.uptime).toBe((before.guests.get(101)?.uptime ?? 0) + 30);
    expect(alive?.cpu).not.toBe(before.guests.get(101)?.cpu);
    expect(alive?.config).toEqual(before.guests.get(101)?.config);
    expect(dead).toEqual(before.guests.get(118));
    const calm = structuredClone(cluster.guests.get(101));
    tick(cluster, { seconds: 1, fraction: 0 });
    expect(cluster.guests.get(101)).toEqual({ ...calm, uptime: (calm?.uptime ?? 0) + 1 });
  });

  it('starts, stops and pauses with tasks, applying pending changes at the start', () => {
    const cluster = demo();
    setPending(cluster, 107, { cores: 3, onboot: null });
    setStatus(cluster, 107, 'running');
    expect(lastTask(cluster)).toMatchObject({ type: 'qmstart', node: 'pve3', id: '107', status: 'OK' });
    const guest = cluster.guests.get(107);
    expect(guest).toMatchObject({ status: 'running', config: { cores: 3 }, uptime: 1 });
    expect(guest?.pending).toBeUndefined();
    setStatus(cluster, 107, 'paused');
    expect([guest?.qmpstatus, lastTask(cluster)?.type]).toEqual(['paused', 'qmpause']);
    setStatus(cluster, 107, 'running');
    expect([guest?.qmpstatus, lastTask(cluster)?.type]).toEqual([undefined, 'qmresume']);
    expect(setStatus(cluster, 107, 'running')).toBeUndefined();
    setStatus(cluster, 107, 'stopped');
    expect(guest).toMatchObject({ status: 'stopped', uptime: 0, netin: 0, pid: 0 });
    expect(() => setStatus(cluster, 200, 'paused')).toThrow();
    expect(() => setConfig(cluster, 999, {})).toThrow('no guest 999');
  });

  it('migrates without a new identity', () => {
    const cluster = demo();
    const config = { ...cluster.guests.get(101)?.config };
    expect(migrate(cluster, 101, 'pve3')).toMatchObject({ type: 'qmigrate', node: 'pve1' });
    expect(cluster.guests.get(101)).toMatchObject({ node: 'pve3', config });
  });

  it('creates, destroys and uses a VMID again for another incarnation', () => {
    const cluster = demo();
    const created = createGuest(cluster, {
      type: 'lxc',
      node: 'pve1',
      name: 'new',
      config: { tags: 'fresh' },
    });
    expect(created).toMatchObject({ vmid: 122, config: { hostname: 'new', tags: 'fresh' } });
    expect(lastTask(cluster)?.type).toBe('vzcreate');
    expect(() => createGuest(cluster, { type: 'qemu', node: 'pve1', name: 'x', vmid: 122 })).toThrow(
      'already exists',
    );
    expect(destroyGuest(cluster, 122)).toMatchObject({ type: 'vzdestroy', id: '122' });
    const old = cluster.guests.get(103);
    const again = recreateGuest(cluster, 103);
    for (const key of ['smbios1', 'vmgenid', 'meta', 'net0'])
      expect(again.config[key]).not.toBe(old?.config[key]);
    expect(again.config.scsi0).toBe(old?.config.scsi0);
    expect(Object.keys(again.config).sort()).toEqual(Object.keys(old?.config ?? {}).sort());
    expect(cluster.tasks.slice(-2).map((task) => task.type)).toEqual(['qmdestroy', 'qmcreate']);
  });

  it('takes nodes down, up, in and out', () => {
    const cluster = demo();
    setNodeOnline(cluster, 'pve4', true);
    expect(cluster.nodes[3]).toMatchObject({ online: true, stale: false, uptime: 60 });
    expect(addNode(cluster, 'pve5')).toMatchObject({ nodeid: 5, online: true });
    expect(() => addNode(cluster, 'pve5')).toThrow('exists');
    removeNode(cluster, 'pve4');
    expect(cluster.nodes.map((node) => node.name)).toEqual(['pve1', 'pve2', 'pve3', 'pve5']);
    expect(cluster.guests.has(118)).toBe(false);
  });

  it('runs tasks on the clock of their node', () => {
    const cluster = demo();
    Object.assign(cluster.nodes[1] ?? {}, { clockSkew: 90 });
    const task = runTask(cluster, { node: 'pve2', type: 'vzdump', id: '113', user: 'backup@pve!nightly' });
    expect(task).toMatchObject({ starttime: cluster.now + 90 });
    expect(task.status).toBeUndefined();
    tick(cluster, { seconds: 10 });
    expect(finishTask(cluster, task.upid, 'job errors')).toMatchObject({ endtime: task.starttime + 10 });
    expect(task.log.at(-1)).toBe('TASK ERROR: job errors');
    expect(() => finishTask(cluster, task.upid)).toThrow('no task runs');
  });

  it('adds and removes storages', () => {
    const cluster = demo();
    addStorage(cluster, { storage: 'extra', content: ['iso'] });
    expect(cluster.storages.at(-1)).toMatchObject({
      type: 'dir',
      content: ['iso'],
      settings: { path: '/srv/extra' },
    });
    expect(() => addStorage(cluster, { storage: 'extra' })).toThrow('already defined');
    removeStorage(cluster, 'extra');
    expect(() => removeStorage(cluster, 'extra')).toThrow('does not exist');
  });
});

describe('UPID', () => {
  it('reads what it writes, odd ids included', () => {
    const parts = {
      node: 'pve-1',
      pid: 4_000_000,
      pstart: 0x1_2345_6789,
      starttime: 1_767_225_600,
      type: 'vzdump',
      user: 'a@pve!t',
    };
    for (const id of ['', '100', '100@local']) {
      const text = formatUpid({ ...parts, id });
      expect(text).toMatch(/^UPID:pve-1:003D0900:123456789:[0-9A-F]{8}:vzdump:.*:a@pve!t:$/);
      expect(parseUpid(text)).toEqual({ ...parts, id });
    }
    for (const bad of [
      '',
      'UPID:pve1:1:2:3:a:b:c:',
      'UPID:pve1:00000001:00000001:00000001:qmstart:100:root@pam',
    ]) {
      expect(parseUpid(bad)).toBeNull();
    }
  });
});
