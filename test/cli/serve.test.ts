// serve, user and token as they are typed: users before there is a server, loopback until there is an admin, a clean end.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bin, type Cli, openCli } from './run-cli.ts';

let cli: Cli;
const password = 'correct horse battery staple';

beforeAll(() => {
  cli = openCli({}, { oneProcess: true });
  writeFileSync(join(cli.folder, 'password'), `${password}\n`);
  writeFileSync(join(cli.folder, 'short'), 'short\n');
});
afterAll(() => cli[Symbol.dispose]());

const json = (...args: string[]) => cli.run('--json', ...args);

interface Listening {
  readonly url: string;
  readonly setup: { readonly needed: boolean; readonly token?: string };
}

async function serve(...args: string[]): Promise<{ child: ChildProcess; said: Listening }> {
  const options = { cwd: cli.folder, stdio: ['ignore', 'pipe', 'inherit'] as const };
  const child = spawn(process.execPath, [bin, '--json', ...args], options as never) as ChildProcess;
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout!.setEncoding('utf8'), 'data');
  return { child, said: JSON.parse(line) as Listening };
}

const ended = async (child: ChildProcess): Promise<number | null> => {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  return (await gone)[0];
};

test('users are made, changed and removed; the last admin stays', async () => {
  const add = (name: string, ...more: string[]) =>
    json('user', 'add', name, '--password-file', 'password', ...more);
  expect(await add('Ann', '--role', 'admin')).toMatchObject({
    exit: 0,
    json: { username: 'ann', role: 'admin', enabled: true },
  });
  expect((await add('ANN')).json.error.code).toBe('USER_EXISTS');
  expect(await json('user', 'add', 'bob', '--password-file', 'short')).toMatchObject({
    exit: 2,
    json: { error: { code: 'PASSWORD_WEAK' } },
  });
  expect((await json('user', 'add', 'bob')).json.error.code).toBe('USAGE');
  await add('bob');
  expect((await json('user', 'role', 'bob', 'operator')).json.role).toBe('operator');
  expect((await json('user', 'disable', 'bob')).json.enabled).toBe(false);
  expect((await json('user', 'enable', 'bob')).json.enabled).toBe(true);
  expect((await json('user', 'password', 'bob', '--password-file', 'password')).exit).toBe(0);
  expect((await json('user', 'role', 'ann', 'viewer')).json.error.code).toBe('ADMIN_LAST');
  expect(await json('user', 'role', 'carol', 'viewer')).toMatchObject({
    exit: 4,
    json: { error: { code: 'USER_NOT_FOUND' } },
  });
  expect(
    (await json('user', 'list')).json.items.map(({ username }: { username: string }) => username),
  ).toEqual(['ann', 'bob']);
  expect((await cli.run('user', 'list')).stdout).toContain('operator');
  expect((await json('user', 'remove', 'bob')).json.error.code).toBe('CONSENT_MISSING');
  expect((await json('--yes', 'user', 'remove', 'bob')).json).toMatchObject({ username: 'bob' });
});

test('a token opens the server until it is revoked', async () => {
  const made = (
    await json('token', 'create', 'scripts', '--user', 'ann', '--scopes', 'read', '--expires', '90d')
  ).json;
  expect(made).toMatchObject({
    label: 'scripts',
    username: 'ann',
    scopes: ['read'],
    token: expect.stringMatching(/^hft_/),
  });
  expect(
    (await json('token', 'create', 'x', '--user', 'ann', '--scopes', 'everything')).json.error.code,
  ).toBe('USAGE');
  const { child, said } = await serve('serve', '--port', '0', '--log', 'silent');
  expect(said.setup).toEqual({ needed: false });
  const status = async () =>
    (await fetch(`${said.url}/api/v1/resources`, { headers: { authorization: `Bearer ${made.token}` } }))
      .status;
  expect(await status()).toBe(200);
  expect((await json('token', 'list')).json.items).toMatchObject([{ id: made.id, label: 'scripts' }]);
  // By another process, while the server runs.
  expect((await json('token', 'revoke', made.id)).exit).toBe(0);
  expect(await status()).toBe(401);
  expect(await json('serve', '--port', new URL(said.url).port)).toMatchObject({
    exit: 2,
    json: { error: { code: 'ADDRESS_UNUSABLE' } },
  });
  expect(await ended(child)).toBe(0);
});

test('until there is an admin, only loopback is answered', async () => {
  const { child, said } = await serve(
    '--data',
    'fresh',
    'serve',
    '--host',
    '0.0.0.0',
    '--port',
    '0',
    '--log',
    'silent',
  );
  expect(said).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/),
    setup: { needed: true },
  });
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
  const { port } = new URL(said.url);
  const reached = async () =>
    (await fetch(`http://${outside}:${port}/health`).catch(() => undefined))?.status;
  if (outside !== undefined) expect(await reached()).toBeUndefined();
  const made = await fetch(`${said.url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: said.setup.token, username: 'ann', password }),
  });
  expect(made.status).toBe(201);
  expect((await fetch(`${said.url}/health`)).status).toBe(200);
  if (outside !== undefined) expect(await reached()).toBe(200);
  expect(await ended(child)).toBe(0);
});

test('a server goes on where its database has moved to', async () => {
  using own = openCli();
  writeFileSync(join(own.folder, 'password'), `${password}\n`);
  const run = (...args: string[]) => own.run('--data', 'd', '--json', ...args);
  await run('user', 'add', 'ann', '--role', 'admin', '--password-file', 'password');
  const { token } = (await run('token', 'create', 'test', '--user', 'ann')).json;
  const child = spawn(process.execPath, [bin, '--data', 'd', '--json', 'serve', '--port', '0'], {
    ...{ cwd: own.folder, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = child.stdout.setEncoding('utf8').iterator()[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value) as { url: string; database: string };
  expect((await next()).database).toContain('holdfast.db');
  const moved = (await run('--yes', 'move', '--to', 'sqlite:there.db', '--freeze', '60000')).json;
  const { url, database } = await next();
  expect(database).toBe(moved.to);
  const answer = await fetch(`${url}/api/v1/sync`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(answer.status).toBe(202);
  expect(await ended(child)).toBe(0);
});
