// Keeping archives through the API: places, rules, pins, pruning under consent, schedules, and a restore into what is served.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  packed,
  sampleArchive,
  sampleDevice,
  sampleTemplate,
} from '../../packages/domains/src/shelly/archive/test-manager.ts';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { openServer, type TestServer } from './open-server.ts';

let server: TestServer;
let nas: string;
const api = '/api/v1';
const put = (path: string, body: unknown, as: 'admin' | 'operator' = 'admin') =>
  server.ask('PUT', api + path, { body, as });
const remove = (path: string, as: 'admin' | 'operator' = 'admin') => server.ask('DELETE', api + path, { as });

beforeAll(async () => {
  server = await openServer();
  nas = join(server.data, 'nas');
  mkdirSync(nas);
});
afterAll(() => server[Symbol.asyncDispose]());

test('targets are set up by an admin, shown without credentials, and forgotten under consent', async () => {
  const add = (name: string, url: string, as: 'admin' | 'operator' = 'admin', more = {}) =>
    server.post(`${api}/backups/targets`, { name, url, ...more }, { as });
  expect((await add('nas', `folder:${nas}`, 'operator')).json.error.code).toBe('ROLE_TOO_LOW');
  expect((await add('nas', 'folder:/nowhere/at/all')).json.error.code).toBe('TARGET_MISSING');
  const typed = await add('nas', 's3://key:hunter2@bucket/x');
  expect(typed).toMatchObject({ status: 400, json: { error: { code: 'TARGET_INVALID' } } });
  const wrong = await add('nas', `folder:${nas}`, 'admin', { credentials: { pass: 'hunter2' } });
  expect(wrong.json.error.code).toBe('TARGET_INVALID');
  expect(await add('nas', `folder:${nas}`, 'admin', { credentials: { password: 'hunter2' } })).toMatchObject({
    ...{ status: 201, json: { name: 'nas', kind: 'folder', url: `folder:${nas}` } },
  });
  expect((await add('nas', `folder:${nas}`)).json.error.code).toBe('TARGET_CONFIGURED');
  const shown = await server.get(`${api}/backups/targets`, { as: 'viewer' });
  expect(shown.json).toMatchObject({ items: [{ name: 'nas', archives: 0, waiting: 0 }], next: null });
  expect((await server.get(`${api}/backups/targets/nas`)).json).toEqual(shown.json.items[0]);
  expect(await server.post(`${api}/backups/targets/nas/test`, {}, { as: 'operator' })).toMatchObject({
    ...{ status: 200, json: { ok: true, name: 'nas' } },
  });
  expect((await server.post(`${api}/backups/targets/other/test`)).json.error.code).toBe('TARGET_UNKNOWN');
  const { text } = await server.get(`${api}/audit?entity=target`);
  for (const told of [text, wrong.text, typed.text, shown.text]) expect(told).not.toContain('hunter2');
  const { error } = (await remove('/backups/targets/nas')).json;
  expect(error).toMatchObject({ code: 'CONSENT_MISSING', details: { archives: 0 } });
  expect((await remove(`/backups/targets/nas?confirm=${error.details.confirm}`)).json).toEqual({
    ...{ removed: 'nas', archives: 0 },
  });
  expect(readdirSync(nas)).toHaveLength(1);
});

test('rules are replaced as a whole, and those left out are as by default', async () => {
  const before = (await server.get(`${api}/backups/policy`, { as: 'viewer' })).json;
  expect(before).toMatchObject({ zone: 'UTC', set: {}, policies: before.default });
  expect((await put('/backups/policy', {}, 'operator')).json.error.code).toBe('ROLE_TOO_LOW');
  expect((await put('/backups/policy', { zone: 'Nowhere' })).json.error.code).toBe('SETTING_INVALID');
  expect((await put('/backups/policy', { set: { critical: { daily: 1.5 } } })).json.error.code).toBe(
    'SETTING_INVALID',
  );
  const after = (await put('/backups/policy', { zone: 'Europe/Berlin', set: { critical: { daily: 3 } } }))
    .json;
  const critical = { ...before.default.critical, daily: 3 };
  expect(after).toMatchObject({
    zone: 'Europe/Berlin',
    set: { critical },
    policies: { ...before.default, critical },
  });
  expect((await put('/backups/policy', {})).json).toEqual(before);
});

test('a prune is a plan: pinned archives stay, consent is to exactly what was shown', async () => {
  const make = async () =>
    (await server.ended(await server.post(`${api}/backups`, { only: ['dns'] }))).result.id as string;
  const [first, second, third] = [await make(), await make(), await make()];
  const none = { keepLast: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, keepWithin: 0 };
  await put('/backups/policy', {
    set: { critical: none, important: none, operational: none, informational: none },
  });
  const pin = (id: string) => server.post(`${api}/backups/${id}/pin`, {}, { as: 'operator' });
  expect((await server.post(`${api}/backups/${first}/pin`, {}, { as: 'viewer' })).json.error.code).toBe(
    'ROLE_TOO_LOW',
  );
  expect((await pin('00000000-0000-7000-8000-000000000001')).json.error.code).toBe('ARCHIVE_NOT_FOUND');
  expect((await pin(first!)).json).toEqual({ id: first, pinned: true });
  const prune = () => server.post(`${api}/backups/prune`, {}, { as: 'operator' });
  const stale = await prune();
  expect(stale, stale.text).toMatchObject({
    status: 201,
    json: { plan: { kind: 'backup-prune', state: 'open', requestedBy: 'operator' }, removed: 1 },
  });
  const kept = (json: { archives: { id: string; keep: boolean }[] }) =>
    Object.fromEntries(json.archives.map(({ id, keep }) => [id, keep]));
  expect(kept(stale.json)).toEqual({ [first]: true, [second]: false, [third]: true });
  const consent = (plan: { id: string; hash: string }) =>
    server.post(`${api}/plans/${plan.id}/consent`, { hash: plan.hash }, { as: 'operator' });
  expect((await consent({ ...stale.json.plan, hash: '0'.repeat(64) })).json.error.code).toBe(
    'CONSENT_MISMATCH',
  );

  // The rules say something else by now: nothing that was not shown is removed.
  expect((await remove(`/backups/${first}/pin`, 'operator')).json).toEqual({ id: first, pinned: false });
  const late = await server.ended(await consent(stale.json.plan));
  expect(late).toMatchObject({ state: 'failed', error: { code: 'PLAN_STALE' } });
  expect((await server.get(`${api}/backups`)).json.items).toHaveLength(3);
  const { plan, removed } = (await prune()).json;
  expect(removed).toBe(2);
  const done = await server.ended(await consent(plan));
  expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done', result: { removed: 2 } });
  expect((await server.get(`${api}/plans/${plan.id}`)).json).toMatchObject({
    state: 'applied',
    consentedBy: 'operator',
  });
  expect((await server.get(`${api}/backups`)).json.items.map(({ id }: { id: string }) => id)).toEqual([
    third,
  ]);
  expect((await prune()).json).toMatchObject({ plan: null, removed: 0 });
  await put('/backups/policy', {});
});

test('archives on a clock: locked, or plain where that is said; everything is as it was where a part is refused', async () => {
  const path = `${api}/backups/schedule`;
  const none = { settings: null, items: [], next: null };
  expect((await server.get(path, { as: 'viewer' })).json).toEqual(none);
  const set = (body: object, as: 'admin' | 'operator' = 'admin') => put('/backups/schedule', body, as);
  const refused = async (...given: Parameters<typeof set>) => (await set(...given)).json.error.code;
  expect(await refused({}, 'operator')).toBe('ROLE_TOO_LOW');
  expect(await refused({})).toBe('BACKUP_KEY_NONE');
  expect(await refused({ encrypted: false, targets: ['other'] })).toBe('TARGET_UNKNOWN');
  expect(await refused({ encrypted: false, fullSeconds: 1 })).toBe('REQUEST_INVALID');
  expect(await refused({ encrypted: false, prune: 'now and then' })).toBe('SETTING_INVALID');
  expect((await server.get(path)).json).toEqual(none);
  const plain = { encrypted: false, fullSeconds: 86_400, segmentSeconds: null, drill: 'off' };
  const { json } = await set(plain);
  expect(json).toMatchObject({
    settings: {
      fullSeconds: 86_400,
      segmentSeconds: null,
      encrypted: false,
      drillKeyFile: null,
      keyId: null,
    },
  });
  expect(json.items.map(({ name }: { name: string }) => name)).toEqual(['backup', 'backup-prune']);
  expect((await server.get(`${api}/backups/state`)).json.classes[0].policyMs).toBe(86_400_000);
  expect((await server.get('/metrics')).text).toContain('holdfast_backup_class_late{class="critical"} ');
  expect((await remove('/backups/schedule')).json).toEqual({ removed: ['backup', 'backup-prune'] });
  expect((await server.get(path)).json).toEqual(none);
});

test('a restore into what is served is a plan: refused, tried, agreed to by an admin, and taken back', async () => {
  const seed = async (options: { size: number; seed: number }) => {
    for (const domain of domains) await domain.seed?.(server.store, options);
  };
  const names = async () =>
    (await server.get(`${api}/resources/proxmox.vm?columns=name&order=vmid`)).json.items.map(
      ({ id, name }: { id: string; name: string }) => `${id} ${name}`,
    );
  await seed({ size: 6, seed: 1 });
  const archived = await names();
  const { id: archive } = (await server.ended(await server.post(`${api}/backups`))).result;
  await seed({ size: 8, seed: 5 });
  const living = await names();

  const restore = (body: object, as: 'admin' | 'operator' = 'admin') =>
    server.post(`${api}/restore`, { archive, ...body }, { as });
  expect((await restore({}, 'operator')).json.error.code).toBe('ROLE_TOO_LOW');
  for (const wrong of [
    ...[{ dryRun: true }, { confirm: 'x' }, { where: ['vmid=100'] }, { conflict: 'guess' }],
    ...[{ to: 'sqlite:new.db' }, { to: 'sqlite:new.db', dryRun: true, only: ['dns'] }],
  ])
    expect((await restore(wrong)).json.error?.code, JSON.stringify(wrong)).toBe('REQUEST_INVALID');
  const refused = await server.ended(await restore({ only: ['proxmox.vm'] }));
  expect(refused).toMatchObject({
    state: 'failed',
    error: { code: 'PLAN_REFUSED' },
  });
  expect(refused.error.details.gates[0]).toMatchObject({ gate: 'conflicts', ok: false });
  const one = await server.ended(
    await restore({ only: ['proxmox.vm'], conflict: 'overwrite', where: ['vmid=100'] }),
  );
  expect(one.result, JSON.stringify(one.error)).toMatchObject({ dryRun: true, recordsRestored: 1 });

  const choice = { only: ['proxmox.vm'], conflict: 'overwrite', preserveExisting: false };
  const tried = await server.ended(await restore(choice));
  const other = await server.ended(await restore(choice));
  expect(tried, JSON.stringify(tried.error)).toMatchObject({
    ...{ state: 'done', requestedBy: 'admin' },
    result: { success: true, dryRun: true, archive, plan: { hazards: [{ code: 'DELETES' }, {}] } },
  });
  const { plan, recordsRestored } = tried.result;
  expect(plan.wayBack).toBe(`holdfast undo --request ${plan.id}`);
  expect(await names()).toEqual(living);
  const shown = (await server.get(`${api}/plans/${plan.id}`, { as: 'viewer' })).json;
  expect(shown).toMatchObject({ kind: 'restore', state: 'open', hash: plan.hash, wayBack: plan.wayBack });
  const consent = (given: { id: string; hash: string }, as: 'admin' | 'operator' = 'admin') =>
    server.post(`${api}/plans/${given.id}/consent`, { hash: given.hash }, { as });
  expect((await consent(plan, 'operator')).json.error.code).toBe('ROLE_TOO_LOW');
  expect((await consent({ ...plan, hash: shown.id })).json.error.code).toBe('CONSENT_MISMATCH');
  const done = await server.ended(await consent(plan));
  expect(done, JSON.stringify(done.error)).toMatchObject({
    ...{ state: 'done', kind: 'archive-restore-into' },
    result: { dryRun: false, recordsRestored, request: plan.id, plan: { id: plan.id, hash: plan.hash } },
  });
  expect(await names()).toEqual(archived);
  expect((await server.get(`${api}/plans/${plan.id}`)).json).toMatchObject({
    ...{ state: 'applied', consentedBy: 'admin' },
  });
  // The same plan, made before: by now it would do something else.
  const late = await server.ended(await consent(other.result.plan));
  expect(late).toMatchObject({ state: 'failed', error: { code: 'PLAN_STALE' } });
  const back = (await server.post(`${api}/undo`, { request: plan.id })).json.plan;
  expect(await consent(back)).toMatchObject({ status: 200, json: { plan: { state: 'applied' } } });
  expect(await names()).toEqual(living);

  // What undo does not know goes to an archive first, locked with the server's key.
  const whole = await server.ended(await restore({ conflict: 'overwrite', preserveExisting: false }));
  const saved = await server.ended(await consent(whole.result.plan));
  expect(saved, JSON.stringify(saved.error)).toMatchObject({ state: 'done', result: { dryRun: false } });
  const { safetyArchive } = saved.result;
  expect(saved.result.plan.wayBack).toContain(`holdfast restore ${safetyArchive} --conflict overwrite`);
  expect(existsSync(safetyArchive)).toBe(true);
  expect(await names()).toEqual(archived);
});

test('an archive tells its tables with rows, bytes and class; of a locked one by the key of the server', async () => {
  const make = async (body: object) =>
    (await server.ended(await server.post(`${api}/backups`, { only: ['shelly.template'], ...body }))).result;
  const shown = async (id: string) => (await server.get(`${api}/backups/${id}`, { as: 'viewer' })).json;
  for (const body of [{}, { encrypt: false }]) {
    const { id, rows } = await make(body);
    const { tables, encrypted } = await shown(id);
    expect(encrypted).toBe(!('encrypt' in body));
    expect(tables).toContainEqual({
      ...{ table: 'shelly_config_templates', kind: 'rows', class: 'critical' },
      ...{ rows: expect.any(Number), bytes: expect.any(Number), digest: expect.any(String) },
    });
    expect(tables.reduce((sum: number, each: { rows: number }) => sum + each.rows, 0)).toBe(rows);
  }
  const { id } = await make({ passphrase: 'known to nobody else' });
  expect(await shown(id)).toMatchObject({ encrypted: true, tables: null });
});

test('an archive that is sent here: of Shelly Manager, with the source it belongs to, and of Holdfast', async () => {
  const send = (name: string, bytes: Uint8Array, as: 'admin' | 'operator' = 'admin') =>
    fetch(`${server.url}${api}/uploads/${name}`, {
      ...{ method: 'PUT', body: Buffer.from(bytes) },
      headers: {
        authorization: `Bearer ${server.tokens[as]}`,
        'content-type': 'application/octet-stream',
      },
    }).then(
      async (response) => ({ status: response.status, json: (await response.json()) as never }) as const,
    );
  const manager = packed(
    sampleArchive({
      devices: [sampleDevice(1), sampleDevice(2), sampleDevice(3, { mac: 'none' })],
      templates: [sampleTemplate(1)],
    }),
  );
  expect(await send('manager.sma', manager, 'operator')).toMatchObject({
    json: { error: { code: 'ROLE_TOO_LOW' } },
  });
  for (const name of ['..%2Fx', '.hidden', 'a%00b'])
    expect((await send(name, manager)).status, name).toBe(400);
  expect((await put('/uploads/x', {})).json.error.code).toBe('BODY_KIND');
  expect(await send('manager.sma', manager)).toMatchObject({
    ...{
      status: 201,
      json: { archive: 'upload:manager.sma', kind: 'shelly-manager', bytes: manager.length },
    },
  });
  expect(await send('noise', Buffer.from('nothing of it'))).toMatchObject({
    json: { kind: 'unknown', error: { code: expect.stringMatching(/^ARCHIVE_/) } },
  });
  const own = (await server.ended(await server.post(`${api}/backups`, { only: ['dns'], encrypt: false })))
    .result;
  expect(await send('own.sma', readFileSync(own.path))).toMatchObject({
    json: { kind: 'holdfast', id: own.id, encrypted: false },
  });
  const { items } = (await server.get(`${api}/uploads`)).json;
  expect(items.map(({ name }: { name: string }) => name)).toEqual(['manager.sma', 'noise', 'own.sma']);

  const restore = (body: object) => server.post(`${api}/restore`, { archive: 'upload:manager.sma', ...body });
  for (const wrong of [{ at: 'now' }, { replace: true }, { to: 'sqlite:new.db', dryRun: true }])
    expect((await restore(wrong)).json.error?.code, JSON.stringify(wrong)).toBe('REQUEST_INVALID');
  expect((await restore({ archive: 'upload:other.sma' })).json.error.code).toBe('ARCHIVE_NOT_FOUND');
  const source = { domain: 'shelly', name: 'flat', options: { addresses: '127.0.0.1:9' } };
  expect((await server.post(`${api}/sources`, source)).status).toBe(201);
  const nobody = await server.ended(await restore({ source: 'nobody' }));
  expect(nobody).toMatchObject({ state: 'failed', error: { code: 'SOURCE_NOT_FOUND' } });
  const tried = await server.ended(await restore({ source: 'flat' }));
  expect(tried, JSON.stringify(tried.error)).toMatchObject({
    result: { dryRun: true, recordsRestored: 3, errors: [expect.stringContaining('devices[2]')] },
  });
  const { plan } = tried.result;
  const consent = await server.post(`${api}/plans/${plan.id}/consent`, { hash: plan.hash });
  const done = await server.ended(consent);
  expect(done, JSON.stringify(done.error)).toMatchObject({
    state: 'done',
    result: { dryRun: false, recordsRestored: 3, errors: [expect.stringContaining('devices[2]')] },
  });
  const devices = (await server.get(`${api}/resources/shelly.device?where=source=flat`)).json.items;
  expect(devices.map(({ name }: { name: string }) => name).sort()).toEqual(['Plug 1', 'Plug 2']);
  // An upload of our own is an archive like any other.
  const other = await server.ended(
    await server.post(`${api}/restore`, { archive: 'upload:own.sma', to: 'sqlite:other.db', dryRun: true }),
  );
  expect(other, JSON.stringify(other.error)).toMatchObject({ result: { dryRun: true, archive: own.id } });
  expect((await remove('/uploads/own.sma')).json).toEqual({ removed: 'own.sma' });
  expect((await remove('/uploads/own.sma')).json.error.code).toBe('ARCHIVE_NOT_FOUND');
});
