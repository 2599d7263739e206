// Who may do what: the first admin, sessions, tokens, roles, and everything that must be refused.

import { statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { users } from '@holdfast/core/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireUser } from '../../packages/server/src/accounts/manage-users.ts';
import { openServer, password, type TestServer } from './open-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Signs in as a browser does. */
async function signIn(username: string, own: TestServer = server) {
  const answer = await own.post('/api/v1/session', { username, password }, { as: null });
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
  return { answer, cookie, csrf: answer.json?.csrf as string };
}

describe('the first admin', () => {
  test('only with the one-time token, from this machine, and once', async () => {
    await using fresh = await openServer({ users: false });
    const { setup } = fresh.running.context;
    const file = join(fresh.data, 'setup-token');
    const token = setup.token();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(setup.token()).toBe(token);
    expect((await fresh.get('/api/v1/setup', { as: null })).json).toEqual({
      needed: true,
      oidc: false,
    });
    expect((await fresh.get('/api/v1/session', { as: null })).json.error).toMatchObject({
      code: 'AUTH_REQUIRED',
      details: { setup: true },
    });
    const admin = { username: 'Ann', password };
    const claim = (body: object, headers = {}) => fresh.post('/api/v1/setup', body, { as: null, headers });
    expect((await claim({ token: 'guess', ...admin })).json.error.code).toBe('SETUP_TOKEN_WRONG');
    expect((await claim({ token, ...admin }, { 'x-forwarded-for': '192.0.2.7' })).json.error.code).toBe(
      'SETUP_NEEDED',
    );
    expect((await claim({ token, username: 'Ann', password: 'short' })).json.error.code).toBe(
      'REQUEST_INVALID',
    );
    const made = await claim({ token, ...admin });
    expect(made).toMatchObject({
      status: 201,
      json: { user: { username: 'ann', role: 'admin' }, via: 'session' },
    });
    expect((await claim({ token, ...admin })).json.error.code).toBe('SETUP_DONE');
    expect(() => statSync(file)).toThrow('ENOENT');
  });
});

describe('sessions', () => {
  test('a cookie that scripts cannot read, and a csrf that other sites cannot know', async () => {
    const { answer, cookie, csrf } = await signIn('OPERATOR');
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect(answer.json).toMatchObject({ user: { username: 'operator', role: 'operator' }, role: 'operator' });
    const session = await server.get('/api/v1/session', { as: null, headers: { cookie } });
    expect(session.json).toMatchObject({ via: 'session', csrf });
    const undo = (headers: Record<string, string>) =>
      server.post('/api/v1/undo', {}, { as: null, headers: { cookie, ...headers } });
    expect((await undo({})).json.error.code).toBe('CSRF_REFUSED');
    expect((await undo({ 'x-holdfast-csrf': 'guess' })).json.error.code).toBe('CSRF_REFUSED');
    expect((await undo({ 'x-holdfast-csrf': csrf, origin: 'https://evil.example' })).json.error.code).toBe(
      'CSRF_REFUSED',
    );
    expect((await undo({ 'x-holdfast-csrf': csrf, 'sec-fetch-site': 'cross-site' })).json.error.code).toBe(
      'CSRF_REFUSED',
    );
    expect((await undo({ 'x-holdfast-csrf': csrf, origin: server.url })).json.error.code).toBe(
      'REQUEST_INVALID',
    );
    // A token beside the cookie is what counts.
    const both = { cookie, authorization: 'Bearer hft_wrongwrongwrongwrongwrong' };
    expect((await server.get('/api/v1/session', { as: null, headers: both })).status).toBe(401);
    const out = await server.ask('DELETE', '/api/v1/session', {
      as: null,
      headers: { cookie, 'x-holdfast-csrf': csrf },
    });
    expect(out.status).toBe(204);
    expect((await server.get('/api/v1/session', { as: null, headers: { cookie } })).status).toBe(401);
  });

  test('a new role, a new password and disabling end them at once', async () => {
    await server.post('/api/v1/users', { username: 'carol', password, role: 'operator' });
    const isIn = async ({ cookie }: { cookie: string }) =>
      (await server.get('/api/v1/session', { as: null, headers: { cookie } })).status === 200;
    const changes: [string, string, object][] = [
      ['PATCH', '/api/v1/users/carol', { role: 'viewer' }],
      ['PUT', '/api/v1/users/carol/password', { password }],
      ['PATCH', '/api/v1/users/carol', { enabled: false }],
    ];
    for (const [method, path, body] of changes) {
      const session = await signIn('carol');
      expect(await isIn(session), `${method} before`).toBe(true);
      expect((await server.ask(method, path, { body })).status).toBe(200);
      expect(await isIn(session), `${method} after`).toBe(false);
    }
    expect((await signIn('carol')).answer.json.error.code).toBe('SIGN_IN_FAILED');
  });

  test("one's own password: the old one is needed, all other sessions are over", async () => {
    await server.post('/api/v1/users', { username: 'dave', password });
    const [one, other] = [await signIn('dave'), await signIn('dave')];
    const change = (body: object) =>
      server.ask('PUT', '/api/v1/session/password', {
        ...{ as: null, body },
        headers: { cookie: one.cookie, 'x-holdfast-csrf': one.csrf },
      });
    expect((await change({ current: 'wrong', password: `${password}2` })).json.error.code).toBe(
      'SIGN_IN_FAILED',
    );
    const changed = await change({ current: password, password: `${password}2` });
    expect(changed).toMatchObject({ status: 200, json: { user: { username: 'dave' } } });
    for (const { cookie } of [one, other])
      expect((await server.get('/api/v1/session', { as: null, headers: { cookie } })).status).toBe(401);
    const cookie = changed.headers.get('set-cookie')!.split(';')[0]!;
    expect((await server.get('/api/v1/session', { as: null, headers: { cookie } })).status).toBe(200);
  });

  test('guessing is slowed down, for names that there are and names that there are not', async () => {
    const guess = async (username: string) =>
      (await server.post('/api/v1/session', { username, password: 'not this one' }, { as: null })).json.error;
    await using other = await openServer();
    const codes: string[] = [];
    for (let attempt = 0; attempt < 7; attempt++)
      codes.push(
        (await other.post('/api/v1/session', { username: 'nobody', password: 'x' }, { as: null })).json.error
          .code,
      );
    expect(codes.slice(0, 5)).toEqual(Array(5).fill('SIGN_IN_FAILED'));
    expect(codes.at(-1)).toBe('TOO_MANY_REQUESTS');
    expect(await guess('viewer')).toMatchObject({ code: 'SIGN_IN_FAILED' });
    expect(await guess('nobody')).toMatchObject({ code: 'SIGN_IN_FAILED' });
    const { json } = await server.get('/api/v1/audit?action=sign-in-failed');
    expect(json.items[0]).toMatchObject({ actor: 'nobody', details: { username: 'nobody' } });
  });

  test('a bcrypt hash of another program signs in once, and is argon2id then', async () => {
    const hash = '$2b$04$qT5SIbW/qPyeax605CL5OuRkywoV3vLqLII/WlQ122Vedv7UyWQti';
    await server.post('/api/v1/users', { username: 'imported', password });
    const { id } = await requireUser(server.store, 'imported');
    await server.store.repository(users).update({ id }, { passwordHash: hash });
    const body = { username: 'imported', password: 'old password of theirs' };
    expect((await server.post('/api/v1/session', body, { as: null })).status).toBe(200);
    expect((await requireUser(server.store, 'imported')).passwordHash).toMatch(/^\$argon2id\$/);
    expect((await server.post('/api/v1/session', body, { as: null })).status).toBe(200);
  });
});

describe('tokens', () => {
  test('scopes limit what the user may, expiry and revocation end them', async () => {
    const make = async (body: object) => (await server.post('/api/v1/tokens', body)).json;
    const ask = (token: string, path: string, method = 'GET') =>
      server.ask(method, path, {
        as: null,
        headers: { authorization: `Bearer ${token}` },
        ...(method === 'GET' ? {} : { body: {} }),
      });
    const reads = await make({ label: 'reads', scopes: ['read'], expiresAt: '1h' });
    expect((await ask(reads.token, '/api/v1/resources')).status).toBe(200);
    expect((await ask(reads.token, '/api/v1/sync', 'POST')).json.error).toMatchObject({
      code: 'ROLE_TOO_LOW',
      details: { needs: 'operator' },
    });
    expect((await ask(reads.token, '/api/v1/users')).json.error.code).toBe('ROLE_TOO_LOW');
    const more = { label: 'more', scopes: ['admin'] };
    const escalated = await server.post('/api/v1/tokens', more, {
      as: null,
      headers: { authorization: `Bearer ${reads.token}` },
    });
    expect(escalated.json.error.code).toBe('ROLE_TOO_LOW');
    const metrics = await make({ label: 'prometheus', scopes: ['metrics'] });
    expect((await ask(metrics.token, '/metrics')).text).toContain(
      'holdfast_drift_open{severity="critical"} 0',
    );
    expect((await ask(metrics.token, '/api/v1/resources')).status).toBe(403);
    expect((await server.get('/metrics', { as: null })).status).toBe(401);
    expect(await make({ label: 'over', expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({
      error: { code: 'REQUEST_INVALID' },
    });
    const { items } = (await server.get('/api/v1/tokens')).json;
    expect(items.map(({ label }: { label: string }) => label)).toEqual(
      expect.arrayContaining(['reads', 'prometheus', 'test']),
    );
    expect(JSON.stringify(items)).not.toContain(reads.token);
    expect((await server.ask('DELETE', `/api/v1/tokens/${reads.id}`)).json).toEqual({ revoked: reads.id });
    expect((await ask(reads.token, '/api/v1/resources')).status).toBe(401);
    expect((await server.ask('DELETE', `/api/v1/tokens/${reads.id}`)).json.error.code).toBe(
      'TOKEN_NOT_FOUND',
    );
    // Nobody revokes what belongs to others.
    expect((await server.ask('DELETE', `/api/v1/tokens/${metrics.id}`, { as: 'viewer' })).status).toBe(404);
  });

  test('the last admin stays', async () => {
    const id = (await requireUser(server.store, 'admin')).id;
    expect((await server.ask('DELETE', `/api/v1/users/${id}`)).json.error.code).toBe('ADMIN_LAST');
    expect(
      (await server.ask('PATCH', `/api/v1/users/${id}`, { body: { role: 'viewer' } })).json.error.code,
    ).toBe('ADMIN_LAST');
  });
});

test('every route refuses nobody, and each role what it may not', async () => {
  const { paths } = (await server.get('/api/openapi.json', { as: null })).json;
  const ranks = ['viewer', 'operator', 'admin'] as const;
  let looked = 0;
  for (const [path, methods] of Object.entries<Record<string, { summary: string; security?: unknown[] }>>(
    paths,
  ))
    for (const [method, { summary, security }] of Object.entries(methods)) {
      if (security !== undefined || path === '/metrics' || path.includes('/resources/')) continue;
      const needs = /\((viewer|operator|admin)\)$/.exec(summary)?.[1] as (typeof ranks)[number];
      const at = path.replaceAll(/\{\w+\}/g, 'x');
      const verb = method.toUpperCase();
      const body = verb === 'GET' || verb === 'DELETE' ? {} : { body: { nothing: 'fits' } };
      expect((await server.ask(verb, at, { as: null, ...body })).status, `${verb} ${path}`).toBe(401);
      const below = ranks[ranks.indexOf(needs) - 1];
      if (below === undefined) continue;
      const refused = await server.ask(verb, at, { as: below, ...body });
      expect(refused.json?.error.code, `${verb} ${path} as ${below}`).toBe('ROLE_TOO_LOW');
      looked++;
    }
  expect(looked).toBeGreaterThan(30);
});

test('what is no request of ours is refused by name', async () => {
  const big = JSON.stringify({ label: 'x'.repeat(1_100_000) });
  expect((await server.post('/api/v1/tokens', big)).json.error.code).toBe('BODY_TOO_LARGE');
  expect((await server.post('/api/v1/tokens', '{"label":')).json.error.code).toBe('REQUEST_INVALID');
  expect((await server.post('/api/v1/tokens', '{"__proto__":{"a":1}}')).json.error.code).toBe(
    'REQUEST_INVALID',
  );
  expect(
    (await server.post('/api/v1/tokens', 'a=b', { headers: { 'content-type': 'text/plain' } })).json.error
      .code,
  ).toBe('BODY_KIND');
  expect(
    (await server.post('/api/v1/tokens', { label: 'a', lable: 'b' })).json.error.details.issues[0].message,
  ).toContain('lable');
  expect((await server.get('/api/v1/nothing')).json.error.code).toBe('ROUTE_UNKNOWN');
  expect((await server.ask('PUT', '/api/v1/sync', { body: {} })).json.error.code).toBe('ROUTE_UNKNOWN');
  for (const path of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2fpackage.json'])
    expect((await raw(path)).status, path).toBeGreaterThanOrEqual(400);
  expect((await server.get('/some/page', { as: null, headers: { accept: 'text/html' } })).status).toBeOneOf([
    200, 404,
  ]);
});

/** As it is: fetch would tidy the path up. */
const raw = (path: string): Promise<{ status: number }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    request({ hostname, port, path }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode! }));
    })
      .on('error', reject)
      .end();
  });

test('answers tell browsers to load nothing from elsewhere', async () => {
  const { headers } = await server.get('/api/docs', { as: null });
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});
