// The way of an operator through the API: connect a cluster, look, want, be told, decide, take back, back up, restore.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeDemoCluster,
  type Simulator,
  setConfig,
  setStatus,
  startSimulator,
  tick,
} from '@holdfast/domains/proxmox/simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, openServer, type TestServer } from './open-server.ts';

let server: TestServer;
let simulator: Simulator;
let vmid: number;
const api = '/api/v1';
const machine = (): string => `${api}/resources/proxmox.vm/${encodeURIComponent(`lab/${vmid}`)}`;
const sync = async () => server.ended(await server.post(`${api}/sync`, {}, { as: 'operator' }));

beforeAll(async () => {
  server = await openServer();
  simulator = await startSimulator({ cluster: makeDemoCluster() });
  const online = simulator.cluster.nodes.filter((node) => node.online).map(({ name }) => name);
  vmid = [...simulator.cluster.guests.values()].find(
    (guest) => guest.type === 'qemu' && online.includes(guest.node) && guest.config.template !== 1,
  )!.vmid;
});
afterAll(async () => {
  await simulator.close();
  await server[Symbol.asyncDispose]();
});

test('a source is tried, added, read, and its secrets stay inside', async () => {
  const { url: endpoint, token, fingerprint } = simulator;
  const options = { endpoint, token, fingerprint };
  const wrong = { domain: 'proxmox', options: { ...options, token: 'root@pam!x=wrong' } };
  expect((await server.post(`${api}/sources/test`, wrong)).json.error.code).toBe('SOURCE_AUTH');
  const source = { domain: 'proxmox', name: 'lab', options, test: true };
  expect((await server.post(`${api}/sources`, source, { as: 'operator' })).json.error.code).toBe(
    'ROLE_TOO_LOW',
  );
  const added = await server.post(`${api}/sources`, source);
  expect(added).toMatchObject({
    status: 201,
    json: { name: 'lab', domain: 'proxmox', settings: { endpoint }, lastRun: null },
  });
  expect((await server.post(`${api}/sources`, source)).json.error.code).toBe('SOURCE_EXISTS');
  const asked = await server.post(
    `${api}/sync`,
    { sources: ['lab'] },
    { as: 'operator', headers: { 'idempotency-key': 'one' } },
  );
  const again = await server.post(
    `${api}/sync`,
    { sources: ['lab'] },
    { as: 'operator', headers: { 'idempotency-key': 'one' } },
  );
  expect(again.json.job.id).toBe(asked.json.job.id);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const other = { as: 'operator', headers: { 'idempotency-key': 'one' } } as const;
  expect((await server.post(`${api}/sync`, {}, other)).json.error.code).toBe('IDEMPOTENCY_MISMATCH');
  const job = await server.ended(asked);
  expect(job).toMatchObject({
    state: 'done',
    kind: 'sync',
    requestedBy: 'operator',
    result: { sources: [{ source: 'lab' }] },
  });
  const { json } = await server.get(`${api}/sources`);
  expect(json.items).toMatchObject([
    { name: 'lab', failing: true, lastRun: { outcome: 'incomplete' }, held: [] },
  ]);
  const everything = await Promise.all(
    ['/sources', '/audit', '/history', '/jobs'].map((path) => server.get(api + path)),
  );
  for (const { text } of everything) expect(text).not.toContain(token.split('=')[1]);
});

test('records are listed as the command line lists them', async () => {
  const { json: kinds } = await server.get(`${api}/resources?counts=true`, { as: 'viewer' });
  const vms = kinds.items.find(({ resource }: { resource: string }) => resource === 'proxmox.vm');
  expect(vms).toMatchObject({ domain: 'proxmox', history: true, managed: true, editable: false });
  expect(vms.records).toBeGreaterThan(3);
  const path = `${api}/resources/proxmox.vm?where=status%3Drunning&order=vmid:desc&limit=2&columns=name,vmid`;
  const first = (await server.get(path)).json;
  expect(first.items).toHaveLength(2);
  expect(Object.keys(first.items[0]).sort()).toEqual(['id', 'name', 'resource', 'vmid']);
  const second = (await server.get(`${path}&after=${first.next}`)).json;
  expect(second.items[0].vmid).toBeLessThan(first.items[1].vmid);
  const { name } = first.items[0];
  expect(
    (await server.get(`${api}/resources/proxmox.vm?q=${encodeURIComponent(name)}&total=true`)).json,
  ).toMatchObject({ total: expect.any(Number) });
  expect((await server.get(`${api}/search?q=${encodeURIComponent(name)}`)).json.items[0]).toMatchObject({
    value: expect.stringContaining(name),
  });
  expect((await server.get(`${api}/resources/proxmox.vm?where=nonsense%3D1`)).json.error.code).toBe(
    'QUERY_INVALID',
  );
  expect((await server.get(`${api}/resources/proxmox.nothing`)).json.error.code).toBe('RESOURCE_UNKNOWN');
  expect((await server.get(`${api}/resources/proxmox.vm?as_of=yesterday`)).json.error.code).toBe(
    'REQUEST_INVALID',
  );
  expect((await server.get(`${api}/status`)).json.resources.length).toBe(kinds.items.length);
  expect((await server.get(`${api}/overview`)).json).toMatchObject({
    sources: { total: 1, failing: 1 },
    backup: { newest: null },
  });
});

test('one record: plain slashes or escaped, when it was confirmed, its gauges over time', async () => {
  const { json, headers } = await server.get(machine());
  expect(json).toMatchObject({
    resource: 'proxmox.vm',
    id: `lab/${vmid}`,
    vmid,
    lastConfirmedAt: expect.any(String),
  });
  expect(headers.get('etag')).toMatch(/^".{22}"$/);
  expect((await server.get(`${api}/resources/proxmox.vm/lab/${vmid}`)).json.id).toBe(json.id);
  expect((await server.get(`${api}/resources/proxmox.vm/lab/${vmid}/history`)).json.items[0]).toMatchObject({
    change: 'discovered',
    actor: 'sync',
    run: expect.any(String),
  });
  const series = (await server.get(`${machine()}/series?metrics=cpuUsage`)).json;
  expect(series).toMatchObject({
    tier: 'raw',
    instants: [expect.any(String)],
    metrics: { cpuUsage: { values: [expect.any(Number)] } },
  });
  expect((await server.get(`${api}/resources/proxmox.vm/lab%2F1`)).status).toBe(404);
  const change = await server.ask('PATCH', machine(), {
    body: { name: 'mine' },
    headers: { 'if-match': '*' },
  });
  expect(change.json.error.code).toBe('RECORD_OBSERVED');
});

test('what is wanted, what drifted, and who took note of it', async () => {
  const set = await server.ask('PUT', `${machine()}/desired`, { body: { fromActual: true }, as: 'operator' });
  expect(set).toMatchObject({
    status: 200,
    json: { id: `lab/${vmid}`, desired: { whole: true, setBy: 'operator' } },
  });
  setConfig(simulator.cluster, vmid, { cores: 7, description: 'changed behind our back' });
  tick(simulator.cluster, { seconds: 60 });
  await sync();
  const run = await server.ended(await server.post(`${api}/drift/runs`, { resource: 'proxmox.vm' }));
  expect(run).toMatchObject({ state: 'done', result: { report: { drifted: 1 } } });
  const open = (await server.get(`${api}/drift?state=open&resource=proxmox`)).json.items;
  const paths = open.map(({ path }: { path: string }) => path);
  expect(paths).toContain('config.cores');
  expect((await server.get(`${api}/drift/summary`)).json).toMatchObject({
    open: open.length,
    records: 1,
    lastRun: { drifted: 1 },
  });
  const items = [
    { resource: 'proxmox.vm', id: `lab/${vmid}`, path: 'config.cores' },
    { resource: 'proxmox.vm', id: `lab/${vmid}`, path: 'nothing' },
  ];
  const noted = (await server.post(`${api}/drift/acknowledge`, { items, reason: 'known', until: '7d' })).json;
  expect(noted).toMatchObject({
    done: 1,
    failed: 1,
    items: [
      { ok: true, rule: { reason: 'known' } },
      { ok: false, error: { code: 'DRIFT_NOT_FOUND' } },
    ],
  });
  expect((await server.get(`${machine()}/desired`)).json.acknowledged).toHaveLength(1);
  expect(
    (await server.ask('DELETE', `${machine()}/drift/acknowledge?path=config.cores`)).json.acknowledged,
  ).toBe(false);
  const rule = (await server.post(`${api}/drift/rules`, { path: 'description', resource: 'proxmox.vm' }))
    .json;
  expect((await server.ask('DELETE', `${api}/drift/rules/${rule.id}`)).json).toEqual({ removed: rule.id });
  expect((await server.get(`${api}/drift/runs/${run.result.run.id}`)).json.report.drifted).toBe(1);
  expect((await server.ask('DELETE', `${machine()}/desired`)).json.cleared).toBe(true);
});

test('the past: as it was, what differs, and taken back under consent to exactly what was shown', async () => {
  const before = new Date().toISOString();
  setStatus(simulator.cluster, vmid, 'stopped');
  await sync();
  const was = (await server.get(`${machine()}?as_of=${before}`)).json;
  const is = (await server.get(machine())).json;
  expect([was.status, is.status]).toEqual(['running', 'stopped']);
  const then = (await server.get(`${api}/resources/proxmox.vm?as_of=${before}&where=vmid%3D${vmid}`)).json;
  expect(then).toMatchObject({ asOf: before, items: [{ status: 'running' }], gaps: [] });
  const diff = (await server.get(`${api}/diff?from=${before}&resource=proxmox.vm`)).json;
  expect(diff.items[0]).toMatchObject({ id: `lab/${vmid}`, change: 'updated' });
  const planned = await server.post(`${api}/undo`, { resource: 'proxmox.vm', id: `lab/${vmid}` });
  expect(planned).toMatchObject({ status: 201, json: { plan: { kind: 'undo', state: 'open' } } });
  const { id, hash } = planned.json.plan;
  expect((await server.get(machine())).json.status).toBe('stopped');
  const consent = (given: string) => server.post(`${api}/plans/${id}/consent`, { hash: given });
  expect((await consent('0'.repeat(64))).json.error.code).toBe('CONSENT_MISMATCH');
  const done = (await consent(hash)).json;
  expect(done).toMatchObject({ plan: { state: 'applied', consentedBy: 'admin' } });
  expect((await server.get(machine())).json.status).toBe('running');
  expect((await consent(hash)).json.error.code).toBe('PLAN_SETTLED');
  const undone = (await server.get(`${api}/history?request=${done.request}`)).json.items;
  expect(undone[0]).toMatchObject({ actor: 'admin', via: 'undo', change: 'updated' });
  expect((await server.post(`${api}/undo`, {})).json.error.code).toBe('REQUEST_INVALID');
});

test('records that people keep are changed by the version that was read', async () => {
  const path = `${api}/resources/shelly.notification_template`;
  const kinds = (await server.get(`${api}/resources`)).json.items;
  const { columns } = kinds.find(
    ({ resource }: { resource: string }) => resource === 'shelly.notification_template',
  );
  const values = Object.fromEntries(
    columns
      .filter((column: Record<string, unknown>) => !column['auto'] && !column['nullable'])
      .map(({ name, kind, values: words }: { name: string; kind: string; values?: string[] }) => [
        name,
        sampleOf(kind, words),
      ]),
  );
  const made = await server.post(path, values, { as: 'operator' });
  expect(made, made.text).toMatchObject({ status: 201 });
  const etag = made.headers.get('etag')!;
  const one = made.headers.get('location')!;
  expect((await server.post(path, values)).json.error.code).toBe('CONFLICT');
  expect((await server.ask('PATCH', one, { body: { name: 'two' } })).json.error.code).toBe(
    'IF_MATCH_MISSING',
  );
  const changed = await server.ask('PATCH', one, { body: { name: 'two' }, headers: { 'if-match': etag } });
  expect(changed.json.name).toBe('two');
  const late = await server.ask('PATCH', one, { body: { name: 'three' }, headers: { 'if-match': etag } });
  expect(late).toMatchObject({
    status: 412,
    json: { error: { code: 'RECORD_CHANGED', details: { etag: changed.headers.get('etag') } } },
  });
  const put = await server.ask('PUT', one, {
    body: { ...values, name: 'four' },
    headers: { 'if-match': changed.headers.get('etag')! },
  });
  expect(put.json, put.text).toMatchObject({ name: 'four' });
  const bulk = (operations: object[], atomic: boolean) => server.post(`${path}/bulk`, { operations, atomic });
  const id = decodeURIComponent(one.split('/').at(-1)!);
  const mixed = [
    { op: 'update', id, ifMatch: '*', values: { name: 'five' } },
    { op: 'update', id: '00000000-0000-7000-8000-00000000ffff', ifMatch: '*', values: { name: 'no' } },
  ];
  expect((await bulk(mixed, true)).status).toBe(404);
  expect((await server.get(one)).json.name).toBe('four');
  expect((await bulk(mixed, false)).json).toMatchObject({
    done: 1,
    failed: 1,
    items: [{ ok: true }, { ok: false }],
  });
  expect((await server.get(one)).json.name).toBe('five');
  expect((await server.ask('DELETE', one, { headers: { 'if-match': '*' } })).status).toBe(204);
  expect((await server.get(one)).status).toBe(404);
  const { json } = await server.get(`${api}/audit?entity=shelly.notification_template`);
  expect(json.items.map(({ action }: { action: string }) => action)).toEqual([
    'delete',
    'update',
    'update',
    'update',
    'create',
  ]);
  expect(json.items[1]).toMatchObject({ before: { name: 'four' }, after: { name: 'five' } });
});

const sampleOf = (kind: string, words?: string[]): unknown =>
  kind === 'int'
    ? 1
    : kind === 'bool'
      ? true
      : kind === 'enum'
        ? words![0]
        : kind === 'json'
          ? []
          : kind === 'uuid'
            ? '00000000-0000-7000-8000-000000000001'
            : 'one';

test('an archive is made, proven and restored beside the database', async () => {
  const made = await server.ended(await server.post(`${api}/backups`, {}, { as: 'operator' }));
  expect(made, JSON.stringify(made.error)).toMatchObject({
    state: 'done',
    result: { type: 'full', encrypted: true },
  });
  const { id } = made.result;
  expect((await server.get(`${api}/backups`)).json.items).toMatchObject([{ id, proven: false, there: true }]);
  expect((await server.get(`${api}/backups/${id}`)).json).toMatchObject({
    id,
    encrypted: true,
    tables: expect.arrayContaining([expect.objectContaining({ class: 'critical', rows: 0 })]),
  });
  const proven = await server.ended(await server.post(`${api}/backups/${id}/verify`));
  expect(proven, JSON.stringify(proven.error)).toMatchObject({ result: { proven: true, depth: 'restore' } });
  const { backup } = (await server.get(`${api}/overview`)).json;
  expect(backup.newestProven.id).toBe(id);
  const state = (await server.get(`${api}/backups/state`, { as: 'viewer' })).json;
  expect(state).toMatchObject({ ok: true, findings: [] });
  const [critical] = state.classes;
  expect(critical).toMatchObject({
    class: 'critical',
    newestAt: expect.any(String),
    policyMs: null,
    ok: null,
  });
  expect(critical.provenAt).toBe(backup.classes[0].provenAt);
  const metrics = (await server.get('/metrics')).text;
  expect(metrics).toMatch(/holdfast_backup_class_proven_age_seconds\{class="critical"\} \d/);
  expect(metrics).toMatch(/holdfast_backup_class_age_seconds\{class="informational"\} \d/);
  const restore = (more: object, as: 'admin' | 'operator' = 'admin') =>
    server.post(`${api}/restore`, { archive: id, to: 'sqlite:restored.db', ...more }, { as });
  const refused = async (answer: Promise<Answer>) => (await answer).json.error.code;
  expect(await refused(restore({ dryRun: true }, 'operator'))).toBe('ROLE_TOO_LOW');
  for (const to of [
    'sqlite:../out.db',
    'sqlite:/etc/out.db',
    'sqlite:holdfast.db',
    'file:x',
    'sqlite::memory:',
  ])
    expect(await refused(restore({ to, dryRun: true })), to).toBe('REQUEST_INVALID');
  const tried = await server.ended(await restore({ dryRun: true }));
  expect(tried, JSON.stringify(tried.error)).toMatchObject({ result: { dryRun: true, success: true } });
  expect(existsSync(join(server.data, 'restored.db'))).toBe(false);
  const { confirm, recordsRestored } = tried.result;
  expect((await restore({ dryRun: false })).json.error).toMatchObject({
    code: 'CONSENT_MISSING',
    details: { confirm },
  });
  const done = await server.ended(await restore({ dryRun: false, confirm }));
  expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done', result: { recordsRestored } });
  expect(existsSync(join(server.data, 'restored.db'))).toBe(true);
});

test('a passphrase is kept sealed, and a wrong one is told at once', async () => {
  const passphrase = 'a phrase that only we know';
  const made = await server.ended(await server.post(`${api}/backups`, { passphrase, only: ['dns'] }));
  expect(made, JSON.stringify(made.error)).toMatchObject({
    state: 'done',
    params: { passphrase: '[secret]' },
  });
  const verify = `${api}/backups/${made.result.id}/verify`;
  const wrong = await server.ended(await server.post(verify, { passphrase: 'guess', depth: 'decode' }));
  expect(wrong).toMatchObject({ state: 'failed', error: { code: 'ARCHIVE_KEY_WRONG' } });
  const { text } = await server.get(`${api}/jobs?kind=archive-create`);
  expect(text).not.toContain('only we know');
  const [row] = await server.store.engine.read((session) =>
    session.all({ sql: 'SELECT group_concat(params) FROM holdfast_jobs' }, []),
  );
  expect(String(row![0])).not.toContain('only we know');
});

test('the database looks sound, schedules and settings can be set, and the metrics tell', async () => {
  for (const path of ['db/check', 'doctor']) {
    const { result, state, error } = await server.ended(await server.post(`${api}/${path}`));
    expect({ state, ok: result?.ok, error }).toEqual({ state: 'done', ok: true, error: null });
  }
  expect((await server.get(`${api}/db/stats`)).json.engine).toBe('sqlite');
  const schedule = await server.ask('PUT', `${api}/schedules/nightly`, {
    body: { kind: 'drift', cron: '0 3 * * *' },
  });
  expect(schedule.json).toMatchObject({
    name: 'nightly',
    params: { schedule: 'nightly' },
    nextRunAt: expect.any(String),
  });
  expect(
    (await server.ask('PUT', `${api}/schedules/x`, { body: { kind: 'archive-restore', cron: '* * * * *' } }))
      .status,
  ).toBe(400);
  const ran = await server.ended(await server.post(`${api}/schedules/nightly/run`));
  expect(ran).toMatchObject({ kind: 'drift', requestedBy: 'schedule/nightly' });
  expect((await server.get(`${api}/schedules`)).json.items.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['compact', 'nightly', 'prune']),
  );
  expect((await server.ask('DELETE', `${api}/schedules/nightly`)).json).toEqual({ removed: 'nightly' });
  expect(
    (await server.ask('PUT', `${api}/settings/history.days`, { body: { value: -1 } })).json.error.code,
  ).toBe('SETTING_INVALID');
  expect(
    (await server.ask('PUT', `${api}/settings/history.days`, { body: { value: 400 } })).json,
  ).toMatchObject({ value: 400, set: true });
  expect((await server.ask('DELETE', `${api}/settings/history.days`)).json).toMatchObject({
    value: null,
    set: false,
  });
  expect((await server.get('/metrics')).text).toMatch(
    /holdfast_source_failing\{source="lab",domain="proxmox"\} [01]\n/,
  );
  expect((await server.get('/ready', { as: null })).json).toEqual({
    ready: true,
    checks: { database: 'ok', scheduler: 'ok', setup: 'done' },
  });
});

test('a source goes only with what would go with it', async () => {
  const unasked = (await server.ask('DELETE', `${api}/sources/lab`)).json.error;
  expect(unasked).toMatchObject({ code: 'CONSENT_MISSING', details: { records: expect.any(Number) } });
  const removed = await server.ask('DELETE', `${api}/sources/lab?confirm=${unasked.details.confirm}`);
  expect(removed.json).toEqual({ removed: 'lab', records: unasked.details.records });
  expect((await server.get(`${api}/sources`)).json.items).toEqual([]);
});
