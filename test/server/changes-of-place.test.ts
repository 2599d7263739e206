// The served database moves, or everything in it is replaced, as the API asks for it: the server goes on where it is then.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bin, type Cli, openCli } from '../cli/run-cli.ts';
import { engines } from '../engines.ts';
import { password } from './open-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Json = any;

interface Served {
  readonly cli: Cli;
  /** What the server says next: once for each database that it serves. */
  next(): Promise<{ url: string; database: string }>;
  ask(method: string, path: string, body?: object, token?: string): Promise<Json>;
  ended(asked: Json): Promise<Json>;
  /** Tokens and sessions do not outlive a replacement. */
  signIn(): Promise<void>;
  readonly tokens: { readonly admin: string; readonly operator: string };
}

async function serve(): Promise<Served> {
  const cli = openCli({}, { oneProcess: true });
  onTestFinished(() => cli[Symbol.dispose]());
  writeFileSync(join(cli.folder, 'password'), `${password}\n`);
  const run = (...args: string[]) => cli.run('--data', 'd', '--json', ...args);
  expect((await run('db', 'seed', '--size', '8')).exit).toBe(0);
  const user = async (name: string): Promise<string> => {
    await run('user', 'add', name, '--role', name, '--password-file', 'password');
    return (await run('token', 'create', 'test', '--user', name)).json.token;
  };
  const tokens = { admin: await user('admin'), operator: await user('operator') };
  const args = [bin, '--data', 'd', '--json', 'serve', '--port', '0', '--log', 'error'];
  const child: ChildProcess = spawn(process.execPath, args, {
    ...{ cwd: cli.folder, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  onTestFinished(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });
  const lines = child.stdout!.setEncoding('utf8').iterator()[Symbol.asyncIterator]();
  let url = '';
  let signedIn: Record<string, string> | undefined;
  const ask: Served['ask'] = async (method, path, body, token = tokens.admin) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      ...{ method, ...(body && { body: JSON.stringify(body) }) },
      headers: {
        ...(signedIn ?? { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
    });
    return response.json();
  };
  return {
    ...{ cli, ask, tokens },
    async next() {
      const said = JSON.parse((await lines.next()).value) as { url: string; database: string };
      // Clients that come again find it where it was.
      if (url !== '') expect(said.url).toBe(url);
      url = said.url;
      return said;
    },
    async signIn() {
      const response = await fetch(`${url}/api/v1/session`, {
        ...{ method: 'POST', body: JSON.stringify({ username: 'admin', password }) },
        headers: { 'content-type': 'application/json' },
      });
      const { csrf } = (await response.json()) as { csrf: string };
      const cookie = response.headers.get('set-cookie')!.split(';')[0]!;
      signedIn = { cookie, 'x-holdfast-csrf': csrf };
    },
    async ended({ job, ...rest }) {
      if (job === undefined) throw new Error(JSON.stringify(rest));
      for (;;) {
        const found = await ask('GET', `/jobs/${job.id}`);
        if (found.finishedAt !== null) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

const postgres = engines.find(({ name }) => name === 'postgres');

test.skipIf(postgres === undefined)('the database moves to a server, and the job ends there', async () => {
  // First, so that it outlives the server.
  const to = await postgres!.url();
  const { ask, ended, next, tokens } = await serve();
  const first = await next();
  expect(first.database).toContain('holdfast.db');
  const refused = async (body: object, token?: string) =>
    (await ask('POST', '/move', body, token)).error.code;
  expect(await refused({ to }, tokens.operator)).toBe('ROLE_TOO_LOW');
  for (const body of [{}, { to: 'sqlite:../x.db' }, { to: 'sqlite:holdfast.db' }, { to, freezeMs: 1 }])
    expect(await refused(body), JSON.stringify(body)).toBe('REQUEST_INVALID');
  const nowhere = await ended(await ask('POST', '/move', { to: 'postgres://x@127.0.0.1:1/none' }));
  expect(nowhere).toMatchObject({ state: 'failed', error: { code: 'DATABASE_UNREACHABLE' } });

  const tried = await ended(await ask('POST', '/move', { to, freezeMs: 60_000 }));
  expect(tried, JSON.stringify(tried.error)).toMatchObject({
    ...{ state: 'done', kind: 'move', params: { to: '[secret]' } },
    result: { success: true, dryRun: true, freezeMs: null, plan: { hazards: [{ code: 'WRITERS_WAIT' }] } },
  });
  const { plan, recordsRestored } = tried.result;
  expect(await ask('GET', `/plans/${plan.id}`)).toMatchObject({
    kind: 'move',
    state: 'open',
    hash: plan.hash,
  });
  const before = await ask('GET', '/resources/proxmox.vm?order=vmid');
  const consent = (token?: string) => ask('POST', `/plans/${plan.id}/consent`, { hash: plan.hash }, token);
  expect((await consent(tokens.operator)).error.code).toBe('ROLE_TOO_LOW');
  const { job } = await consent();
  const { database } = await next();
  expect(database).not.toBe(first.database);
  const done = await ask('GET', `/jobs/${job.id}`);
  expect(done, JSON.stringify(done.error)).toMatchObject({
    ...{ state: 'done', result: { dryRun: false, to: database, plan: { id: plan.id } } },
  });
  expect(done.result.recordsRestored).toBeGreaterThanOrEqual(recordsRestored);
  expect(await ask('GET', `/plans/${plan.id}`)).toMatchObject({ state: 'applied', consentedBy: 'admin' });
  expect(await ask('GET', '/resources/proxmox.vm?order=vmid')).toEqual(before);
  expect((await ended(await ask('POST', '/doctor'))).result).toEqual({ ok: true, findings: [] });
});

test('everything is replaced by what an archive has, and put back', async () => {
  const { cli, ask, ended, next, signIn, tokens } = await serve();
  await next();
  const names = async () =>
    (await ask('GET', '/resources/proxmox.vm?columns=name&order=vmid')).items.map(
      ({ name }: { name: string }) => name,
    );
  const archived = await names();
  const { id: archive } = (await ended(await ask('POST', '/backups', {}))).result;
  expect((await cli.run('--data', 'd', 'db', 'seed', '--size', '10', '--seed', '5')).exit).toBe(0);
  const living = await names();
  expect(living).not.toEqual(archived);

  const restore = (body: object, token?: string) =>
    ask('POST', '/restore', { archive, replace: true, ...body }, token);
  expect((await restore({}, tokens.operator)).error.code).toBe('ROLE_TOO_LOW');
  for (const wrong of [
    { only: ['dns'] },
    { to: 'sqlite:x.db', dryRun: true },
    { conflict: 'skip' },
    { archive: '/etc/x.before-restore-1' },
  ])
    expect((await restore(wrong)).error.code, JSON.stringify(wrong)).toBe('REQUEST_INVALID');
  const tried = await ended(await restore({}));
  expect(tried, JSON.stringify(tried.error)).toMatchObject({
    ...{ state: 'done', kind: 'archive-replace' },
    result: { dryRun: true, archive, plan: { hazards: [{ code: 'REPLACES' }], wayBack: null } },
  });
  expect(await names()).toEqual(living);
  const consent = async ({ plan }: Json) =>
    (await ask('POST', `/plans/${plan.id}/consent`, { hash: plan.hash })).job;
  const job = await consent(tried.result);
  await next();
  expect((await ask('GET', `/jobs/${job.id}`)).error.code).toBe('AUTH_REQUIRED');
  await signIn();
  const done = await ask('GET', `/jobs/${job.id}`);
  expect(done).toMatchObject({ state: 'done', requestedBy: 'admin', result: { dryRun: false, archive } });
  expect(await names()).toEqual(archived);
  expect(await ask('GET', `/plans/${tried.result.plan.id}`)).toMatchObject({ state: 'applied' });
  expect((await ask('GET', '/audit?action=replace')).items).toMatchObject([{ actor: 'admin', via: 'api' }]);

  // And back, by what was put aside.
  const { kept, plan } = done.result;
  expect(plan.wayBack).toBe(`holdfast restore ${kept} --replace`);
  const back = await ended(await restore({ archive: kept }));
  expect(back, JSON.stringify(back.error)).toMatchObject({ state: 'done', result: { dryRun: true } });
  const again = await consent(back.result);
  await next();
  await signIn();
  expect(await ask('GET', `/jobs/${again.id}`)).toMatchObject({ state: 'done' });
  expect(await names()).toEqual(living);

  // While another has the database open, it stays as it is, and the job says so.
  const late = await ended(await restore({}));
  const { DatabaseSync } = await import('node:sqlite');
  using other = new DatabaseSync(join(cli.folder, 'd', 'holdfast.db'));
  other.exec('BEGIN; SELECT count(*) FROM holdfast_jobs');
  const refused = await consent(late.result);
  await next();
  expect(await ask('GET', `/jobs/${refused.id}`)).toMatchObject({
    ...{ state: 'failed', error: { code: 'DATABASE_BUSY' } },
  });
  expect(await names()).toEqual(living);
});

test('the command line replaces and puts back what is served, by the server', async () => {
  const { cli, ask, next, signIn } = await serve();
  await next();
  const run = (...args: string[]) => cli.run('--data', 'd', '--json', ...args);
  const names = async () =>
    (await run('list', 'proxmox.vm', '--columns', 'name')).json.items.map(({ name }: Json) => name);
  const archived = await names();
  expect((await run('backup', 'create', '--out', 'one.sma')).exit).toBe(0);
  expect((await run('db', 'seed', '--size', '10', '--seed', '5')).json.rows).toBeGreaterThan(0);
  expect((await run('db', 'repair')).json).toEqual({ mended: [] });
  const living = await names();
  expect(living).not.toEqual(archived);

  const replace = (named: string, ...more: string[]) => run(...more, 'restore', named, '--replace');
  expect(await replace('one.sma')).toMatchObject({ exit: 3, json: { error: { code: 'CONSENT_MISSING' } } });
  const tried = await run('restore', 'one.sma', '--replace', '--dry-run');
  expect(tried).toMatchObject({ exit: 0, json: { dryRun: true, plan: { wayBack: null } } });
  expect(await names()).toEqual(living);

  const done = await replace('one.sma', '--yes');
  expect(done, done.stderr).toMatchObject({
    ...{ exit: 0, json: { success: true, dryRun: false, plan: { title: tried.json.plan.title } } },
  });
  const { kept, plan, built } = done.json;
  expect(built).toBeUndefined();
  expect(plan.wayBack).toBe(`holdfast restore ${kept} --replace`);
  expect(Object.keys(done.json).sort()).toEqual([...Object.keys(tried.json), 'kept', 'timeline'].sort());
  await next();
  await signIn();
  expect(await names()).toEqual(archived);
  expect((await ask('GET', '/audit?action=replace')).items).toMatchObject([{ via: 'cli' }]);

  const back = await cli.run('--data', 'd', '--yes', 'restore', kept, '--replace');
  expect(back, back.stderr).toMatchObject({ exit: 0 });
  expect(back.stdout).toContain('put back');
  await next();
  expect(await names()).toEqual(living);

  // While yet another has the database open, it stays as it is.
  const { DatabaseSync } = await import('node:sqlite');
  using other = new DatabaseSync(join(cli.folder, 'd', 'holdfast.db'));
  other.exec('BEGIN; SELECT count(*) FROM holdfast_jobs');
  const busy = await replace('one.sma', '--yes');
  expect(busy).toMatchObject({ exit: 6, json: { error: { code: 'DATABASE_BUSY' } } });
  await next();
  expect(await names()).toEqual(living);
});

test('what no server may be there for is refused before anything is done', async () => {
  const { cli, next } = await serve();
  await next();
  const run = (...args: string[]) => cli.run('--data', 'd', '--json', ...args);
  const stop = { code: 'DATABASE_BUSY', hint: expect.stringMatching(/Stop it first \(on .*: kill \d+,/) };
  expect(await run('--yes', 'db', 'reset')).toMatchObject({ exit: 6, json: { error: stop } });
  // By its path it is no command of the server.
  await run('backup', 'create', '--out', 'one.sma');
  const database = `sqlite:${join(cli.folder, 'd', 'holdfast.db')}`;
  const elsewhere = ['--data', 'e', '--database', database, '--json', '--yes'];
  const refused = await cli.run(...elsewhere, 'restore', 'one.sma', '--replace');
  expect(refused).toMatchObject({ exit: 6, json: { error: stop } });
  expect((await run('list', 'proxmox.vm')).json.items.length).toBeGreaterThan(3);
});
