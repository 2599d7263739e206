// The way of a new user: connect a cluster, read it, look at it, read it again.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeDemoCluster,
  type Simulator,
  setConfig,
  startSimulator,
  tick,
} from '@holdfast/domains/proxmox/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cli, openCli } from './run-cli.ts';

let cli: Cli;
let simulator: Simulator;

beforeAll(async () => {
  cli = openCli();
  simulator = await startSimulator({ cluster: makeDemoCluster() });
});

afterAll(async () => {
  await simulator.close();
  cli[Symbol.dispose]();
});

describe('one after the other', () => {
  test('a source is added, its secret nowhere in sight', async () => {
    const { token, url, fingerprint } = simulator;
    const added = await cli.run(
      ...[
        'source',
        'add',
        'proxmox',
        'lab',
        '--endpoint',
        url,
        '--token',
        token,
        '--fingerprint',
        fingerprint,
      ],
    );
    expect(added).toMatchObject({ exit: 0, stderr: '' });
    const secret = token.split('=')[1]!;
    const listed = await cli.run('--json', 'source', 'list');
    expect(listed.json).toMatchObject({ items: [{ name: 'lab', domain: 'proxmox' }], next: null });
    for (const { stdout } of [added, listed, await cli.run('source', 'list')])
      expect(stdout).not.toContain(secret);
    const key = statSync(join(cli.folder, 'holdfast-data/secret.key'));
    expect(key.mode & 0o777).toBe(0o600);
    expect(statSync(join(cli.folder, 'holdfast-data')).mode & 0o777).toBe(0o700);
  });

  test('the source answers a test', async () => {
    const tested = await cli.run('--json', 'source', 'test', 'lab');
    expect(tested).toMatchObject({ exit: 0, json: { ok: true, source: 'lab', found: { nodes: 4 } } });
  });

  test('a first sync stores the cluster and says 7 for the node that is down', async () => {
    const { exit, json, stderr } = await cli.run('sync', '--json');
    expect({ exit, stderr }).toEqual({ exit: 7, stderr: '' });
    expect(json.run).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      finishedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const [source] = json.sources;
    expect(source).toMatchObject({ source: 'lab', domain: 'proxmox', created: 152, changed: 0, deleted: 0 });
    const open = source.scopes.filter((scope: { complete: boolean }) => !scope.complete);
    expect(open).toHaveLength(6);
    for (const { scope, error } of open) {
      expect(scope).toMatch(/^node\/pve4\//);
      expect(error).toMatchObject({
        code: 'SOURCE_NODE_OFFLINE',
        message: expect.any(String),
        hint: expect.any(String),
      });
    }
  });

  test('every resource is listed', async () => {
    const counts: Record<string, number> = {};
    for (const resource of ['cluster', 'node', 'vm', 'container', 'storage', 'node_storage', 'task']) {
      const { exit, json } = await cli.run('--json', 'list', `proxmox.${resource}`);
      expect(exit).toBe(0);
      expect(json.next).toBeNull();
      counts[resource] = json.items.length;
    }
    expect(counts).toEqual({
      cluster: 1,
      node: 4,
      vm: 24,
      container: 12,
      storage: 7,
      node_storage: 27,
      task: 60,
    });
  });

  test('lists are filtered, ordered and paged', async () => {
    const args = ['--json', 'list', 'proxmox.vm', '--where', 'status=running', '--order', 'name:desc'];
    const all = (await cli.run(...args)).json.items.map(({ name }: { name: string }) => name);
    expect(all).toEqual([...all].sort().reverse());
    const first = (await cli.run(...args, '--limit', '5')).json;
    const second = (await cli.run(...args, '--limit', '5', '--after', first.next)).json;
    expect([...first.items, ...second.items].map(({ name }: { name: string }) => name)).toEqual(
      all.slice(0, 10),
    );
  });

  test('a record is shown with its source and when it was last confirmed', async () => {
    const { json } = await cli.run('--json', 'show', 'proxmox.vm', 'lab/100');
    expect(json).toMatchObject({
      id: 'lab/100',
      resource: 'proxmox.vm',
      source: 'lab',
      name: 'opnsense',
      lastConfirmedAt: expect.stringMatching(/Z$/),
    });
    const unknown = await cli.run('--json', 'show', 'proxmox.node', 'lab/pve4');
    expect(unknown.json.status).toBe('offline');
  });

  test('a second sync reports only what changed', async () => {
    tick(simulator.cluster, { seconds: 30, fraction: 1 });
    setConfig(simulator.cluster, 102, { cores: 12 });
    const [source] = (await cli.run('--json', 'sync')).json.sources;
    expect(source).toMatchObject({ created: 0, changed: 1, deleted: 0 });
    expect((await cli.run('--json', 'sync')).json.sources[0]).toMatchObject({
      created: 0,
      changed: 0,
      deleted: 0,
    });
  });

  test('status tells of the source, its incomplete scopes and all counts', async () => {
    const { json } = await cli.run('--json', 'status');
    expect(json.sources).toMatchObject([{ source: 'lab', lastRun: { outcome: 'incomplete' } }]);
    expect(json.sources[0].incomplete).toHaveLength(6);
    expect(json.resources).toContainEqual({ resource: 'proxmox.vm', records: 24, absent: 0 });
    const text = await cli.run('status');
    expect(text.stdout).toMatch(/proxmox\.vm\s+24\s+0/);
  });

  test('doctor and check find nothing', async () => {
    expect((await cli.run('--json', 'doctor')).json).toEqual({ ok: true, findings: [] });
    expect((await cli.run('--json', 'db', 'check')).json).toEqual({ ok: true, findings: [] });
  });

  test('removing the source needs consent, and takes its records along', async () => {
    const refused = await cli.run('--json', 'source', 'remove', 'lab');
    expect(refused).toMatchObject({ exit: 3, json: { error: { code: 'CONSENT_MISSING' } } });
    expect((await cli.run('--json', 'list', 'proxmox.vm')).json.items).toHaveLength(24);
    const removed = await cli.run('--json', '--yes', 'source', 'remove', 'lab');
    expect(removed).toMatchObject({ exit: 0, json: { removed: 'lab' } });
    expect((await cli.run('--json', 'list', 'proxmox.vm')).json.items).toEqual([]);
    expect((await cli.run('--json', 'db', 'check')).json).toEqual({ ok: true, findings: [] });
  });
});
