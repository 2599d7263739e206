// Two servers of one database: what one knows the other knows, with Redis at once, and without it soon.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { now } from '@holdfast/core';
import { signInTries } from '@holdfast/core/system';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { SignInThrottle } from '../../packages/server/src/http/sign-in-throttle.ts';
import { engines } from '../engines.ts';
import { openServer, password, type TestServer } from './open-server.ts';

const api = '/api/v1';
const postgres = engines.find(({ name }) => name === 'postgres');
let port: number;
let redis: ChildProcess;
let first: TestServer;
let second: TestServer;

async function startRedis(): Promise<void> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  redis = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const text of redis.stdout!.setEncoding('utf8'))
    if (/ready to accept/i.test(String(text))) break;
  redis.stdout!.resume();
}

async function stopRedis(): Promise<void> {
  const gone = once(redis, 'exit');
  redis.kill('SIGKILL');
  await gone;
}

async function setUp(): Promise<void> {
  const url = await postgres!.url();
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  ({ port } = free.address() as { port: number });
  await new Promise((resolve) => free.close(resolve));
  await startRedis();
  first = await openServer({ url, redis: `redis://127.0.0.1:${port}` });
  second = await openServer({ redis: `redis://127.0.0.1:${port}`, beside: first });
  onTestFinished(async () => {
    await second[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await stopRedis();
  });
  await until(async () => (await checks(first)).redis === 'ok' && (await checks(second)).redis === 'ok');
}

async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await wait(20);
}

const checks = async (server: TestServer) => (await server.get('/ready', { as: null })).json.checks;
const heard = () => second.running.context.fanout!.heard;

/** A follower of the second server, with a session of its own. */
async function follow() {
  const signedIn = await first.post(`${api}/session`, { username: 'viewer', password }, { as: null });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const socket = new WebSocket(`${second.url.replace('http', 'ws')}${api}/events`, { headers: { cookie } });
  const told: { type: string }[] = [];
  socket.on('message', (text) => told.push(JSON.parse(String(text))));
  await until(() => told.some(({ type }) => type === 'hello'));
  return { socket, told, headers: { cookie, 'x-holdfast-csrf': signedIn.json.csrf as string } };
}

async function signOut(headers: Record<string, string>): Promise<void> {
  expect((await first.ask('DELETE', `${api}/session`, { as: null, headers })).status).toBe(204);
}

let made = 0;
/** A change that followers hear of. */
async function makeChange(): Promise<void> {
  const resource = 'shelly.notification_template';
  const { columns } = (await first.get(`${api}/resources`)).json.items.find(
    (kind: { resource: string }) => kind.resource === resource,
  );
  const id = `00000000-0000-7000-8000-${String(++made).padStart(12, '0')}`;
  const usual = { bool: true, json: [], int: made } as Readonly<Record<string, unknown>>;
  const values: Record<string, unknown> = {};
  for (const { name, kind, auto, nullable, values: words } of columns)
    if (!auto && !nullable) values[name] = words?.[0] ?? usual[kind] ?? id;
  const answer = await first.post(`${api}/resources/${resource}`, values);
  expect(answer.status, answer.text).toBe(201);
}
const changed = (told: readonly { type: string }[]) => told.filter(({ type }) => type === 'change').length;

/** What happens at one is told at the other by Redis; who signs out at one is out at both. */
async function toldByRedis(): Promise<void> {
  const { socket, told, headers } = await follow();
  const before = heard();
  await makeChange();
  await until(() => changed(told) === 1);
  await until(() => heard() > before);
  const closed = once(socket, 'close');
  await signOut(headers);
  expect((await closed)[0]).toBe(4401);
  expect((await second.get(`${api}/session`, { as: null, headers })).json.error.code).toBe('AUTH_REQUIRED');
  expect((await second.get('/metrics')).text).toContain('\nholdfast_redis_up 1\n');
}

/** Without Redis it is said, and the database tells; once it is back it is used again. */
async function withoutRedis(): Promise<void> {
  await stopRedis();
  await until(async () => (await checks(second)).redis === 'lost');
  const ready = await second.get('/ready', { as: null });
  expect(ready).toMatchObject({ status: 200, json: { ready: true } });
  const { findings, ok } = (await second.ended(await second.post(`${api}/doctor`))).result;
  expect(ok).toBe(true);
  expect(findings).toMatchObject([{ code: 'REDIS_LOST', advice: true }]);
  const { socket, told, headers } = await follow();
  const before = heard();
  await makeChange();
  await until(() => changed(told) === 1);
  const closed = once(socket, 'close');
  await signOut(headers);
  expect((await closed)[0]).toBe(4401);
  expect(heard()).toBe(before);
  await startRedis();
  await until(async () => (await checks(first)).redis === 'ok' && (await checks(second)).redis === 'ok');
  await makeChange();
  await until(() => heard() > before);
}

/** A request that is repeated at the other is answered, and not done again. */
async function repeatedElsewhere(): Promise<void> {
  const headers = { 'idempotency-key': 'once' };
  const ask = (server: TestServer, body: object) => server.post(`${api}/drift/runs`, body, { headers });
  const [one, two] = await Promise.all([ask(first, {}), ask(second, {})]);
  expect([one.status, two.status]).toEqual([202, 202]);
  expect(two.json).toEqual(one.json);
  const replayed = [one, two].map((each) => each.headers.get('idempotency-replayed'));
  expect(replayed.sort()).toEqual(['true', null].sort());
  expect((await ask(second, {})).headers.get('location')).toBe(one.headers.get('location'));
  expect((await ask(second, { resource: 'proxmox' })).json.error.code).toBe('IDEMPOTENCY_MISMATCH');
  // Of another user it is another key.
  const own = await second.post(`${api}/drift/runs`, {}, { headers, as: 'operator' });
  expect(own.json.job.id).not.toBe(one.json.job.id);
  // What was refused was not done.
  const wrong = { headers: { 'idempotency-key': 'wrong' } };
  expect((await first.post(`${api}/drift/runs`, { resource: 'nothing' }, wrong)).status).toBe(404);
  expect((await second.post(`${api}/drift/runs`, { resource: 'proxmox' }, wrong)).status).toBe(202);
}

/** Guesses at one make the other wait as well; they are forgotten. */
async function guesses(): Promise<void> {
  const guess = (server: TestServer, word = 'wrong') =>
    server.post(`${api}/session`, { username: 'operator', password: word }, { as: null });
  for (let count = 0; count < 6; count++) await guess(count % 2 === 0 ? first : second);
  const { store } = first;
  const tries = store.repository(signInTries);
  expect((await tries.list({})).items.map(({ waitUntil }) => waitUntil)).not.toContain(null);
  // However slow this machine is, it is not over yet.
  await tries.updateMany({}, { waitUntil: now() + 60_000_000 });
  for (const server of [first, second]) {
    const { status, json } = await guess(server, password);
    expect([status, json.error.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(json.error.details.retryAfter).toBeGreaterThan(0);
  }
  const later = new SignInThrottle(store, () => now() + 2 * 3_600_000_000);
  expect(await later.attempt(['name operator', 'address 127.0.0.1'], async () => true)).toBe(true);
  expect(await tries.count()).toBe(0);
  expect((await guess(second, password)).status).toBe(200);
}

test.skipIf(postgres === undefined)('two servers of one PostgreSQL', async () => {
  await setUp();
  await toldByRedis();
  await withoutRedis();
  await repeatedElsewhere();
  await guesses();
});
