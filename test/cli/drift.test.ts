// The way of somebody who wants his cluster to stay as it is: accept it, change it behind his back, be told, decide.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeDemoCluster,
  type Simulator,
  setConfig,
  setStatus,
  startSimulator,
  tick,
} from '@holdfast/domains/proxmox/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cli, openCli, type Ran } from './run-cli.ts';

let cli: Cli;
let simulator: Simulator;
/** Running machines on nodes that are up. */
let vmids: readonly number[];

const json = (...args: string[]): Promise<Ran> => cli.run('--json', ...args);
const vm = (index = 0): [string, string] => ['proxmox.vm', `lab/${vmids[index]}`];

beforeAll(async () => {
  cli = openCli({}, { oneProcess: true });
  simulator = await startSimulator({ cluster: makeDemoCluster() });
  const online = simulator.cluster.nodes.filter((node) => node.online).map(({ name }) => name);
  vmids = [...simulator.cluster.guests.values()]
    .filter((guest) => guest.type === 'qemu' && online.includes(guest.node) && guest.config.template !== 1)
    .map(({ vmid }) => vmid);
  const { url, token, fingerprint } = simulator;
  const place = ['--endpoint', url, '--token', token, '--fingerprint', fingerprint];
  await cli.run('source', 'add', 'proxmox', 'lab', ...place);
  await cli.run('sync');
});

afterAll(async () => {
  await simulator.close();
  cli[Symbol.dispose]();
});

describe('one after the other', () => {
  test('nothing is wanted yet, and the next command is named', async () => {
    const ran = await cli.run('drift', ...vm());
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.stdout).toContain(`holdfast drift set proxmox.vm lab/${vmids[0]} --from-actual`);
    expect(await json('drift', 'show', ...vm())).toMatchObject({
      ...{
        exit: 4,
        json: { error: { code: 'DESIRED_NOT_FOUND', hint: expect.stringContaining('--from-actual') } },
      },
    });
  });

  test('machines are accepted as they are, and gauges, starts and moves are no drift', async () => {
    for (const index of [0, 1]) {
      const { exit, json: set } = await json('drift', 'set', ...vm(index), '--from-actual');
      expect({ exit, set }).toMatchObject({
        exit: 0,
        set: {
          resource: 'proxmox.vm',
          id: `lab/${vmids[index]}`,
          desired: { whole: true },
        },
      });
      expect(set.desired.properties).toHaveProperty('config');
      expect(set.desired.properties).not.toHaveProperty('status');
    }
    tick(simulator.cluster, { seconds: 60 });
    setStatus(
      simulator.cluster,
      vmids[0]!,
      simulator.cluster.guests.get(vmids[0]!)!.status === 'running' ? 'stopped' : 'running',
    );
    await cli.run('sync');
    const { exit, json: ran } = await json('drift', '--exit-code');
    expect(exit).toBe(0);
    expect(ran).toMatchObject({
      report: { checked: 2, inSync: 2, health: 100, risk: 'low' },
      items: [],
      next: null,
    });
    expect(ran.report.confirmed.oldest).toMatch(/Z$/);
  });

  test('what is changed behind his back is found, told and weighed; --exit-code makes it 5', async () => {
    setConfig(simulator.cluster, vmids[0]!, { cores: 3, description: 'changed' });
    await cli.run('sync');
    const { exit, json: ran } = await json('drift', 'proxmox.vm');
    expect(exit).toBe(0);
    expect(ran.report).toMatchObject({ checked: 2, inSync: 1, drifted: 1 });
    const cores = ran.items.find(({ path }: { path: string }) => path === 'config.cores');
    expect(cores).toMatchObject({
      ...{
        resource: 'proxmox.vm',
        id: `lab/${vmids[0]}`,
        source: 'lab',
        type: expect.stringMatching(/modified|added/),
      },
      ...{
        actual: 3,
        category: 'device',
        severity: 'warning',
        state: 'open',
        occurrences: 1,
        run: ran.run.id,
      },
      description: expect.stringContaining('config.cores is 3'),
      suggestion: expect.stringContaining('next start'),
    });
    const one = (await json('drift', '--limit', '1', '--source', 'lab')).json;
    const rest = await json('drift', 'trends', '--run', one.run.id, '--after', one.next, '--source', 'lab');
    expect(rest).toMatchObject({ exit: 0, json: { next: null } });
    expect([...one.items, ...rest.json.items]).toHaveLength(ran.items.length);
    expect((await json('drift', '--exit-code')).exit).toBe(5);
    expect((await json('drift', '--exit-code', '--severity', 'critical')).exit).toBe(0);
    const metadata = await json('drift', '--category', 'metadata', '--exit-code');
    expect(metadata.exit).toBe(5);
    expect(metadata.json.items.map(({ path }: { path: string }) => path)).toEqual(['config.description']);
    const text = await cli.run('drift', ...vm());
    expect(text.stdout).toContain('config.cores is 3');
    expect((await json('drift', '--source', 'other')).json.report).toMatchObject({ checked: 0 });
  });

  test('a difference is taken note of, ignored, and made the new wish', async () => {
    const acknowledged = await json(
      'drift',
      'ack',
      ...vm(),
      'config.description',
      '--reason',
      'known',
      '--until',
      '7d',
    );
    expect(acknowledged).toMatchObject({
      exit: 0,
      json: {
        kind: 'acknowledge',
        path: 'config.description',
        reason: 'known',
        expiresAt: expect.stringMatching(/Z$/),
      },
    });
    const rule = await json('drift', 'ignore', 'config.c*', '--resource', 'proxmox.*');
    const set = await json('drift', 'set', ...vm(), 'cpuCores=3');
    expect(set.json.desired).toMatchObject({
      whole: true,
      properties: { cpuCores: 3, config: expect.anything() },
    });
    const { exit, json: ran } = await json('drift', '--exit-code');
    expect({
      exit,
      report: ran.report,
      open: ran.items.filter(({ state }: { state: string }) => state === 'open'),
    }).toMatchObject({
      open: [],
      exit: 0,
      report: { acknowledged: 1, drifted: 0 },
    });
    const shown = (await json('drift', 'show', ...vm())).json;
    expect(shown).toMatchObject({
      desired: { setBy: expect.any(String) },
      declared: null,
      items: [{ path: 'config.description', state: 'acknowledged' }],
      acknowledged: [{ path: 'config.description', reason: 'known' }],
    });
    const listed = (await json('drift', 'ignore')).json;
    expect(listed.items.map(({ kind }: { kind: string }) => kind)).toEqual(['acknowledge', 'ignore']);
    expect((await json('drift', 'ignore', '--remove', rule.json.id)).exit).toBe(0);
    expect((await json('drift', 'unack', ...vm(), 'config.description')).exit).toBe(0);
    expect((await json('drift', 'unack', ...vm(), 'config.description')).json.error.code).toBe(
      'DRIFT_NOT_FOUND',
    );
    expect((await json('drift', '--exit-code')).exit).toBe(5);
  });

  test('runs and trends tell the past, page by page', async () => {
    const { items, next } = (await json('drift', 'runs', '--limit', '2')).json;
    expect(items).toMatchObject([
      { state: 'done', resource: null, checked: 2, drifted: 1 },
      { state: 'done', checked: 2 },
    ]);
    const more = (await json('drift', 'runs', '--limit', '2', '--after', next)).json;
    expect(more.items).toHaveLength(2);
    const run = await json('drift', 'runs', items[0].id);
    expect(run.json.report).toMatchObject({
      mostCommon: expect.any(Array),
      byCategory: { device: expect.any(Number) },
    });
    setConfig(simulator.cluster, vmids[0]!, { description: null });
    await cli.run('sync');
    await cli.run('drift');
    const resolved = (await json('drift', 'trends', '--state', 'resolved')).json;
    expect(resolved.items.map(({ path }: { path: string }) => path)).toContain('config.description');
    const open = (
      await json('drift', 'trends', ...vm(), '--state', 'open', '--severity', 'warning', '--limit', '1')
    ).json;
    expect(open.items[0]).toMatchObject({ occurrences: 2, state: 'open' });
    expect((await cli.run('drift', 'trends')).stdout).toContain('config.description');
    expect((await json('job', 'list', '--kind', 'drift')).json.items[0]).toMatchObject({ state: 'done' });
  });

  test('as it was at an instant, from a file, and cleared', async () => {
    const before = new Date().toISOString();
    setConfig(simulator.cluster, vmids[1]!, { cores: 9 });
    await cli.run('sync');
    const then = await json('drift', 'set', ...vm(1), '--from-time', before);
    expect(then.exit).toBe(0);
    expect((await json('drift', ...vm(1))).json.items.map(({ path }: { path: string }) => path)).toContain(
      'config.cores',
    );
    writeFileSync(join(cli.folder, 'wish.json'), '{"config":{"cores":"9","net0":null},"tags":null}');
    const file = await json(
      'drift',
      'set',
      ...vm(1),
      '--file',
      'wish.json',
      '--ignore',
      'config.net*',
      '--ignore',
      'tags',
    );
    expect(file.json.desired).toMatchObject({ whole: false, ignore: ['config.net*', 'tags'] });
    expect((await json('drift', ...vm(1))).json.report).toMatchObject({ checked: 1, inSync: 1 });
    expect(await json('drift', 'clear', ...vm(1))).toMatchObject({ exit: 0, json: { cleared: true } });
    expect(await json('drift', 'clear', ...vm(1))).toMatchObject({ exit: 4 });
  });

  test('schedules are stored, and refuse what is no time', async () => {
    const made = await json('drift', 'schedule', 'add', 'nightly', '0 3 * * *', '--resource', 'proxmox');
    expect(made.json).toMatchObject({
      name: 'nightly',
      params: { resource: 'proxmox' },
      nextRunAt: expect.stringMatching(/T03:00:00Z$/),
    });
    expect((await json('drift', 'schedule', 'list')).json.items).toMatchObject([
      { name: 'nightly', enabled: true },
    ]);
    expect(await json('drift', 'schedule', 'add', 'x', 'soon')).toMatchObject({ exit: 2 });
    expect((await json('drift', 'schedule', 'remove', 'nightly')).exit).toBe(0);
    expect(await json('drift', 'schedule', 'remove', 'nightly')).toMatchObject({ exit: 4 });
  });
});

test.each([
  [['drift', 'proxmox.nothing'], 4, 'RESOURCE_UNKNOWN'],
  [['drift', 'proxmox.vm', 'lab/999999'], 4, 'RECORD_NOT_FOUND'],
  [['drift', '--severity', 'bad'], 2, 'USAGE'],
  [['drift', '--category', 'bad'], 2, 'USAGE'],
  [['drift', '--max-age', 'old'], 2, 'USAGE'],
  [['drift', 'set', 'proxmox.vm', 'ID'], 2, 'USAGE'],
  [['drift', 'set', 'proxmox.vm', 'ID', 'cores'], 2, 'USAGE'],
  [['drift', 'set', 'proxmox.vm', 'ID', 'cores=4'], 2, 'DESIRED_INVALID'],
  [['drift', 'set', 'proxmox.vm', 'ID', 'cpuUsage=1'], 2, 'DESIRED_INVALID'],
  [['drift', 'set', 'proxmox.vm', 'ID', 'status=asleep'], 2, 'DESIRED_INVALID'],
  [['drift', 'set', 'proxmox.vm', 'ID', 'config.cipassword=x'], 2, 'DESIRED_INVALID'],
  [['drift', 'set', 'proxmox.vm', 'ID', '--file', 'missing.json'], 2, 'SETTING_INVALID'],
  [['drift', 'set', 'proxmox.vm', 'ID', '--from-time', '1970-01-01T00:00:00Z'], 2, 'MOMENT_INVALID'],
  [['drift', 'ack', 'proxmox.vm', 'ID', 'nowhere'], 4, 'DRIFT_NOT_FOUND'],
  [['drift', 'ack', 'proxmox.vm', 'ID', 'x', '--until', '2001-01-01T00:00:00Z'], 2, 'MOMENT_INVALID'],
  [['drift', 'runs', 'x'], 4, 'DRIFT_NOT_FOUND'],
  [['drift', 'trends', '--state', 'bad'], 2, 'USAGE'],
  [['drift', 'ignore', 'x', '--resource', 'nothing'], 4, 'RESOURCE_UNKNOWN'],
])('%j exits %i with %s and what comes next', async (args, exit, code) => {
  const id = `lab/${vmids[2]}`;
  const ran = await json(...args.map((word) => (word === 'ID' ? id : word)));
  expect(ran).toMatchObject({ exit, json: { error: { code, hint: expect.stringMatching(/\S/) } } });
});
