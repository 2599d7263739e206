// Task lists: paging, filters, logs and what a node forgets.
import { describe, expect, it } from 'vitest';
import { makeCluster, runTask } from './simulator.ts';
import { ask, dataOf, simulators } from './test-client.ts';

const start = simulators();

type Row = Record<string, unknown>;
const byId = (rows: Row[], key: string, value: unknown): Row => rows.find((row) => row[key] === value) as Row;

describe('tasks', () => {
  it('pages with a total and newest first', async () => {
    const simulator = await start({ cluster: makeCluster({ nodes: 1, tasks: 120 }) });
    const page = async (query: string) =>
      JSON.parse((await ask(simulator, `/nodes/pve1/tasks${query}`)).text);
    const first = await page('');
    expect([first.data.length, first.total]).toEqual([50, 120]);
    const rest = [...(await page('?start=50&limit=50')).data, ...(await page('?start=100&limit=50')).data];
    const upids = new Set([...first.data, ...rest].map((row: Row) => row.upid));
    expect(upids.size).toBe(120);
    const ends: number[] = first.data.map((row: Row) => row.endtime);
    expect(ends).toEqual([...ends].sort((a, b) => b - a));
    expect(await page('?typefilter=nothing')).toEqual({ data: [] });
  });

  it('filters by start, vmid, type, user and outcome', async () => {
    const simulator = await start();
    const all: Row[] = await dataOf(simulator, '/nodes/pve1/tasks?limit=500');
    const list = (query: string): Promise<Row[]> => dataOf(simulator, `/nodes/pve1/tasks?limit=500&${query}`);
    const middle = all[Math.floor(all.length / 2)]?.starttime as number;
    for (const row of await list(`since=${middle}`)) expect(row.starttime).toBeGreaterThanOrEqual(middle);
    for (const row of await list(`until=${middle}`)) expect(row.starttime).toBeLessThanOrEqual(middle);
    const vmid = all.find((row) => row.id !== '')?.id;
    for (const row of await list(`vmid=${vmid}`)) expect(row.id).toBe(vmid);
    for (const row of await list('userfilter=ALICE')) expect(row.user).toBe('alice@pve');
    const failed = await list('errors=1');
    expect(failed.length).toBeGreaterThan(0);
    for (const row of failed) expect(row.status).not.toMatch(/^(OK|WARNINGS)/);
    for (const row of await list('statusfilter=warning')) expect(row.status).toMatch(/^WARNINGS: \d$/);
    const byToken = all.find((row) => row.tokenid !== undefined);
    expect(byToken).toMatchObject({ user: 'automation@pve', tokenid: 'deploy' });
  });

  it('shows a running task in the active source, in its status and in the cluster list', async () => {
    const simulator = await start();
    const [active]: Row[] = await dataOf(simulator, '/nodes/pve2/tasks?source=active');
    expect(active).toMatchObject({ type: 'vzdump', id: '102', status: 'RUNNING' });
    expect(active).not.toHaveProperty('endtime');
    const upid = active?.upid as string;
    expect(await dataOf(simulator, `/nodes/pve2/tasks/${upid}/status`)).toMatchObject({ status: 'running' });
    const shared: Row[] = await dataOf(simulator, '/cluster/tasks');
    expect(byId(shared, 'upid', upid)).toHaveProperty('pid');
    expect(shared.find((row) => row.endtime !== undefined)).not.toHaveProperty('pid');
    expect(shared.some((row) => row.node === 'pve4')).toBe(true);
  });

  it('pages the log and never leaves it empty', async () => {
    const simulator = await start();
    const { cluster } = simulator;
    const long = runTask(cluster, {
      node: 'pve1',
      type: 'vzdump',
      log: Array.from({ length: 70 }, (_, at) => `line ${at}`),
    });
    const reply = JSON.parse(
      (await ask(simulator, `/nodes/pve1/tasks/${long.upid}/log?start=60&limit=5`)).text,
    );
    expect(reply.total).toBe(70);
    expect(reply.data.map((row: Row) => row.n)).toEqual([61, 62, 63, 64, 65]);
    const empty = runTask(cluster, { node: 'pve1', type: 'srvreload', log: [] });
    expect(await dataOf(simulator, `/nodes/pve1/tasks/${empty.upid}/log`)).toEqual([
      { n: 1, t: 'no content' },
    ]);
  });

  it('forgets what its index cannot hold', async () => {
    const cluster = makeCluster({ nodes: 1, tasks: 3000 });
    const simulator = await start({ cluster });
    const total = async (): Promise<number> =>
      JSON.parse((await ask(simulator, '/nodes/pve1/tasks')).text).total;
    expect(await total()).toBeLessThan(1500);
    cluster.taskIndexBytes = Number.POSITIVE_INFINITY;
    expect(await total()).toBe(3000);
  });
});
