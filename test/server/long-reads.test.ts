// Reads without bound on SQLite, whose statements block their thread: others are answered meanwhile, and they have an end.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { readRoutes } from '../../packages/server/src/http/reads/read-routes.ts';
import { routes } from '../../packages/server/src/http/routes.ts';
import { openServer, type TestServer } from './open-server.ts';

const api = '/api/v1';
const tasks = `${api}/resources/proxmox.task`;
let server: TestServer;
let impatient: TestServer;

/** Many times the tasks that are there. */
function multiply(data: string, times: number): number {
  using db = new DatabaseSync(join(data, 'holdfast.db'));
  const columns = db
    .prepare('PRAGMA table_info(proxmox_tasks)')
    .all()
    .map(({ name }) => String(name));
  const copied = columns.map((name) => (name === 'upid' ? "upid || ':' || n" : name));
  db.exec(`INSERT INTO proxmox_tasks (${columns.join()})
    WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ${times})
    SELECT ${copied.join()} FROM proxmox_tasks, many`);
  return Number(db.prepare('SELECT count(*) AS n FROM proxmox_tasks').get()!['n']);
}

beforeAll(async () => {
  server = await openServer();
  impatient = await openServer({ longReadMs: 1 });
  for (const each of [server, impatient])
    for (const { seed } of domains) await seed?.(each.store, { size: 12, seed: 7 });
  expect(multiply(server.data, 8_000)).toBeGreaterThan(50_000);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await impatient[Symbol.asyncDispose]();
});

test('what is filtered, searched or of the past answers as it does here', async () => {
  const { items } = (await server.get(`${api}/search?q=seed&limit=3`)).json;
  expect(items).toHaveLength(3);
  const vms = (await server.get(`${api}/resources/proxmox.vm?limit=1000`)).json.items;
  const running = vms.filter(({ status }: { status: string }) => status === 'running');
  const filtered = await server.get(`${api}/resources/proxmox.vm?where=status=running&limit=1000&total=true`);
  expect(filtered.json).toEqual({ items: running, next: null, total: running.length });
  expect((await server.get(`${api}/history?resource=proxmox.vm&limit=2`)).json.items).toHaveLength(2);
  expect((await server.get(`${api}/diff?from=now&limit=2`)).json.items).toEqual([]);
  // What is refused there has the same name here.
  expect((await server.get(`${api}/resources/proxmox.vm?where=nothing=1`)).json.error.code).toBe(
    'QUERY_INVALID',
  );
  expect((await server.get(`${api}/diff?from=-30d&to=-20d`)).json.error.code).toBe('MOMENT_INVALID');
});

test('a long statement holds up nobody', async () => {
  let over = false;
  // Of two, so that a thread is there; a text that is nowhere.
  await server.get(`${tasks}?q=nowhere&limit=1`);
  const search = server.get(`${tasks}?q=nowhere&total=true`).finally(() => {
    over = true;
  });
  let answered = 0;
  while (!over) {
    const { status } = await server.get('/health', { as: null });
    expect(status).toBe(200);
    if (!over) answered++;
  }
  expect((await search).json).toEqual({ items: [], next: null, total: 0 });
  expect(answered).toBeGreaterThan(10);
});

test('one that takes too long is given up by name, and the next has a thread again', async () => {
  const late = await impatient.get(`${api}/search?q=seed`);
  expect(late).toMatchObject({ status: 503, json: { error: { code: 'QUERY_TOO_LONG' } } });
  expect((await impatient.get(`${api}/resources/proxmox.vm`)).json.items.length).toBeGreaterThan(3);
  expect((await impatient.get(`${api}/search?q=seed`)).json.error.code).toBe('QUERY_TOO_LONG');
});

test('the thread knows every route without bound', () => {
  const long = routes.filter((route) => route.long !== undefined);
  expect(long.length).toBeGreaterThan(3);
  expect(readRoutes).toEqual(expect.arrayContaining(long));
});

test('whoever goes away is told so no more, and the next one is answered', async () => {
  const gone = new AbortController();
  const asked = fetch(`${server.url}${tasks}?q=nothing-like-it`, {
    headers: { authorization: `Bearer ${server.tokens.admin}` },
    signal: gone.signal,
  });
  gone.abort();
  await expect(asked).rejects.toThrow();
  expect((await server.get(`${tasks}?q=nothing-like-it`)).status).toBe(200);
});
