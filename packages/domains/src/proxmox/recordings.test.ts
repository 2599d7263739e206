// Servers that are no whole Proxmox: a few recorded answers, 501 for the rest. What answers is stored.

import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { containers, nodes, storage, tasks, vms } from './domain.ts';
import { incomplete, type Lab, openLab } from './test-lab.ts';

/** Serves bodies by path without query; everything else is 501 with an empty body. */
async function serve(
  bodies: Record<string, unknown>,
): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!.replace('/api2/json', '');
    asked.push(path);
    const data = bodies[path] ?? bodies[path.split('?')[0]!];
    if (data === undefined || (path.includes('?') && bodies['strict'])) {
      response.writeHead(501, 'Method not implemented').end();
      return;
    }
    response
      .writeHead(200, { 'content-type': 'application/json;charset=UTF-8' })
      .end(JSON.stringify({ data }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

async function sweepOf(
  bodies: Record<string, unknown>,
  look: (lab: Lab, open: Record<string, string>) => Promise<void>,
) {
  const server = await serve(bodies);
  await using lab = await openLab();
  await lab.connect({ endpoint: server.url, fingerprint: undefined });
  await look(lab, incomplete(await lab.sync()));
  server.close();
}

const row6 = {
  vmid: '100',
  name: 'old',
  status: 'running',
  cpus: 2,
  cpu: 0.25,
  maxmem: 2147483648,
  mem: 1073741824,
};
const machine6 = {
  ...row6,
  maxdisk: '34359738368',
  disk: 0,
  uptime: 77,
  pid: '4711',
  template: '',
  lock: '',
  netin: 1,
  netout: 2,
};
const upid = 'UPID:pve:0000C350:003D0900:65A0BC00:qmstart:100:root@pam:';

test('version 6 of one node: numbers as text, "" for nothing, no cluster', async () => {
  await sweepOf(
    {
      '/version': { version: '6.4-13', release: '6.4', repoid: '9f411e79' },
      '/nodes': [
        {
          node: 'pve',
          status: 'online',
          type: 'node',
          id: 'node/pve',
          level: '',
          cpu: 0.01,
          maxcpu: 4,
          maxmem: 8,
          mem: 4,
          uptime: 9,
        },
      ],
      '/nodes/pve/qemu': [machine6],
      '/nodes/pve/lxc': [],
      '/nodes/pve/qemu/100/config': {
        digest: 'a'.repeat(40),
        memory: 2048,
        cores: 2,
        smbios1: 'uuid=AB-CD',
        net0: 'virtio=1',
      },
      '/nodes/pve/tasks': [
        {
          upid,
          node: 'pve',
          pid: 50_000,
          pstart: 4_000_000,
          starttime: 1_705_032_704,
          type: 'qmstart',
          id: '100',
          user: 'root@pam',
          endtime: 1_705_032_705,
          status: 'OK',
        },
      ],
    },
    async (lab, open) => {
      expect(Object.keys(open).sort()).toEqual(
        [
          'cluster/resources',
          'cluster/status',
          'cluster/tasks',
          'node/pve/status',
          'node/pve/storage',
          'storage',
        ].sort(),
      );
      expect(await lab.store.repository(vms).get({ source: 'lab', vmid: 100, incarnation: 1 })).toMatchObject(
        {
          name: 'old',
          template: false,
          lockStatus: null,
          diskSize: 34_359_738_368,
          pid: 4711,
          identity: { uuid: 'ab-cd' },
          config: { memory: 2048 },
        },
      );
      expect(await lab.store.repository(tasks).get({ source: 'lab', upid })).toMatchObject({
        status: 'ok',
        resourceType: 'vm',
        resourceId: '100',
        startTime: 1_705_032_704_000_000,
      });
    },
  );
});

test("the cluster's list alone is enough for guests, nodes and storage", async () => {
  await sweepOf(
    {
      '/cluster/resources': [
        {
          id: 'qemu/100',
          type: 'qemu',
          vmid: 100,
          node: 'pve',
          status: 'running',
          name: 'a',
          template: 0,
          maxcpu: 1,
        },
        { id: 'lxc/200', type: 'lxc', node: 'other', status: 'stopped', name: 'b', template: 0, maxcpu: 0.5 },
        {
          id: 'storage/pve/local',
          type: 'storage',
          storage: 'local',
          node: 'pve',
          plugintype: 'dir',
          content: 'iso',
          shared: 0,
          status: 'available',
          disk: 1,
          maxdisk: 4,
        },
        { id: 'sdn/pve/localnetwork', type: 'sdn', node: 'pve', sdn: 'localnetwork', status: 'ok' },
        { id: '/pool/x', type: 'pool', pool: 'x' },
      ],
    },
    async (lab, open) => {
      expect(open['cluster/resources']).toBeUndefined();
      expect(
        (await lab.store.repository(nodes).list()).items.map(({ name, status }) => [name, status]),
      ).toEqual([
        ['other', 'unknown'],
        ['pve', 'unknown'],
      ]);
      expect(await lab.store.repository(vms).count()).toBe(1);
      expect((await lab.store.repository(containers).list()).items[0]).toMatchObject({
        vmid: 200,
        cpuCores: 0.5,
      });
      expect((await lab.store.repository(storage).list()).items[0]).toMatchObject({
        type: 'dir',
        totalBytes: 4,
        availableBytes: 3,
      });
    },
  );
});

test('rows that make no sense are named, and the others stored', async () => {
  await sweepOf(
    {
      '/nodes': [
        { node: 'pve', status: 'online' },
        { status: 'online' },
        { node: 'n'.repeat(10_000), status: 'online' },
      ],
      '/nodes/pve/qemu': [
        { vmid: 100, status: 'running' },
        { name: 'no number' },
        { vmid: -5, status: 'running' },
        { vmid: 100, status: 'stopped' },
      ],
      '/nodes/pve/lxc': [
        { vmid: 1e300, status: 'running' },
        { vmid: 7, status: 'flying' },
      ],
      '/nodes/pve/storage': [{ type: 'dir' }, { storage: 'local', type: 'dir', active: 1, total: 'many' }],
      '/nodes/pve/tasks': [{ upid: 'nonsense' }, { upid }],
    },
    async (lab, open) => {
      for (const scope of ['nodes', 'node/pve/qemu', 'node/pve/lxc', 'node/pve/storage', 'node/pve/tasks'])
        expect(open[scope], scope).toMatch(/^(RECORD_REJECTED|CHECK_FAILED)$/);
      expect(
        (await lab.store.repository(vms).list()).items.map(({ vmid, status }) => [vmid, status]),
      ).toEqual([[100, 'running']]);
      expect((await lab.store.repository(containers).list()).items[0]).toMatchObject({
        vmid: 7,
        status: 'unknown',
      });
      expect(await lab.store.repository(storage).count()).toBe(1);
      expect((await lab.store.repository(tasks).list()).items[0]).toMatchObject({
        upid,
        node: 'pve',
        type: 'qmstart',
        status: 'running',
      });
    },
  );
});

test('a list of tasks that takes no parameters is asked without them', async () => {
  await sweepOf(
    {
      strict: true,
      '/nodes': [{ node: 'pve', status: 'online' }],
      '/nodes/pve/tasks': [{ upid, status: 'OK', endtime: 1_705_032_705 }],
    },
    async (lab, open) => {
      expect(open['node/pve/tasks']).toBeUndefined();
      expect(await lab.store.repository(tasks).count({ status: 'ok' })).toBe(1);
    },
  );
});

test('null where a list belongs is no empty list', async () => {
  await using lab = await openLab();
  await lab.sync();
  const present = await lab.store.repository(vms).count({ absentSince: null });
  const server = await serve({
    '/nodes': [{ node: 'pve1', status: 'online' }],
    '/nodes/pve1/qemu': null,
    '/nodes/pve1/lxc': {},
  });
  await lab.connect({ endpoint: server.url, fingerprint: undefined });
  const open = incomplete(await lab.sync());
  expect(open['node/pve1/qemu']).toBe('RESPONSE_UNEXPECTED');
  expect(open['node/pve1/lxc']).toBe('RESPONSE_UNEXPECTED');
  expect(await lab.store.repository(vms).count({ absentSince: null })).toBe(present);
  server.close();
});
