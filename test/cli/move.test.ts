// holdfast move as people use it: there and back, the data folder remembers, the old database is refused and can be reopened.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { engines } from '../engines.ts';
import { type Cli, openCli, type Ran } from './run-cli.ts';

const postgres = engines.find(({ name }) => name === 'postgres')!;
/** What a machine that is busy may take; what is moved here nobody writes to. */
const patient = ['--freeze', '60000'];

const demo = async (): Promise<{ cli: Cli; run: (...args: string[]) => Promise<Ran> }> => {
  const cli = openCli({}, { oneProcess: true });
  onTestFinished(() => cli[Symbol.dispose]());
  const run = (...args: string[]): Promise<Ran> => cli.run('--data', 'd', '--json', ...args);
  expect((await cli.run('--data', 'd', 'demo', '--once')).exit).toBe(0);
  return { cli, run };
};
const listed = async (run: (...args: string[]) => Promise<Ran>): Promise<unknown> =>
  Promise.all([(await run('list', 'proxmox.vm')).json, (await run('source', 'list')).json]);

test('it moves to a server and back; the data folder knows where it is', async () => {
  const { cli, run } = await demo();
  const file = join(cli.folder, 'd', 'database.json');
  const before = await listed(run);
  const url = await postgres.url();

  const tried = await run('move', '--to', url, '--dry-run');
  expect(tried.json).toMatchObject({ success: true, dryRun: true, freezeMs: null, errors: [] });
  expect(existsSync(file)).toBe(false);
  expect((await run('move', '--to', url)).json).toMatchObject({ error: { code: 'CONSENT_MISSING' } });

  const moved = (await run('--yes', 'move', '--to', url, ...patient)).json;
  expect(moved).toMatchObject({ success: true, dryRun: false, errors: [], warnings: [] });
  const rows = ({ tables }: { tables: { table: string; inserted: number }[] }): Map<string, number> =>
    new Map(tables.map(({ table, inserted }) => [table, inserted]));
  expect(rows(moved).get('proxmox_vms')).toBe(rows(tried.json).get('proxmox_vms'));
  expect(moved.freezeMs).toBeGreaterThan(0);
  expect(moved.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await listed(run)).toEqual(before);
  expect((await run('doctor')).json).toEqual({ ok: true, findings: [] });
  expect((await run('history', '--limit', '1')).json.items[0].change).toBe('discovered');

  const old = await run('--database', 'sqlite:d/holdfast.db', 'status');
  expect(old).toMatchObject({ exit: 3, json: { error: { code: 'DATABASE_MOVED' } } });
  expect(old.json.error.message).not.toContain('postgres:@');

  // What was changed there comes along.
  expect((await run('source', 'policy', 'homelab', '--confirm-sweeps', '3')).exit).toBe(0);
  const after = await listed(run);
  const back = (await run('--yes', 'move', '--to', 'sqlite:back.db', ...patient)).json;
  expect(back).toMatchObject({ success: true, to: join(cli.folder, 'back.db') });
  expect((await run('source', 'policy', 'homelab')).json.policy).toMatchObject({ confirmSweeps: 3 });
  expect(await listed(run)).toEqual(after);
  expect((await run('db', 'check')).json).toEqual({ ok: true, findings: [] });

  const reopened = await run('--yes', '--database', 'sqlite:d/holdfast.db', 'move', '--reopen');
  expect(reopened.json).toMatchObject({ reopened: true });
  expect((await run('source', 'policy', 'homelab')).json.policy).not.toMatchObject({ confirmSweeps: 3 });
});

test('what is no place to move to is refused, and nothing has moved', async () => {
  const { cli, run } = await demo();
  const before = await listed(run);
  const code = async (...args: string[]): Promise<unknown> =>
    (await run('--yes', 'move', ...args)).json.error?.code;
  expect(await code()).toBe('USAGE');
  expect(await code('--to', 'sqlite:d/holdfast.db')).toBe('USAGE');
  expect(await code('--to', 'sqlite::memory:')).toBe('USAGE');
  expect(await code('--to', 'redis://localhost')).toBe('ENGINE_UNKNOWN');
  expect(await code('--to', 'sqlite:x.db', '--lossy', 'some')).toBe('USAGE');
  expect(await code('--to', 'sqlite:x.db', '--freeze', 'long')).toBe('USAGE');
  expect(await code('--to', 'postgres://nobody@127.0.0.1:1/none')).toBe('DATABASE_UNREACHABLE');
  writeFileSync(join(cli.folder, 'text.db'), 'this is text, and no database at all');
  expect(await code('--to', 'sqlite:text.db')).toBe('DATABASE_FOREIGN');
  expect(readFileSync(join(cli.folder, 'text.db'), 'utf8')).toContain('this is text');
  expect((await run('--yes', 'move', '--reopen')).json).toMatchObject({ reopened: false });
  for (const name of ['database.json', 'database.next.json'])
    expect(existsSync(join(cli.folder, 'd', name)), name).toBe(false);
  expect(await listed(run)).toEqual(before);
  writeFileSync(join(cli.folder, 'd', 'database.json'), '{"url": 7}');
  expect((await run('status')).json).toMatchObject({ error: { code: 'SETTING_INVALID' } });
});
