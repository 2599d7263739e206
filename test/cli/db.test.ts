// The verbs on the database itself, and doctor on a schema that somebody has touched.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openCli } from './run-cli.ts';

test('seed makes the same records for the same seed, any number of them', async () => {
  using one = openCli();
  using two = openCli();
  for (const cli of [one, two]) {
    const { exit, json } = await cli.run('--json', 'db', 'seed', '--size', '500', '--seed', '7');
    expect(exit).toBe(0);
    expect(json.domains).toMatchObject({
      proxmox: 10 + 3 + 30 + 500 + 500,
      dns: 500 + 300,
      apps: 4 * 500 + 1 + 25,
      coach: 2 * 500 + 25,
    });
    expect(json.rows).toBe(Object.values<number>(json.domains).reduce((sum, rows) => sum + rows, 0));
  }
  const macs = async (cli: typeof one): Promise<string[]> =>
    (await cli.run('--json', 'list', 'shelly.device')).json.items.map(({ mac }: { mac: string }) => mac);
  expect(await macs(one)).toHaveLength(500);
  expect(await macs(one)).toEqual(await macs(two));
  const names = async (cli: typeof one): Promise<string> =>
    (await cli.run('--json', 'list', 'proxmox.vm', '--columns', 'name')).json.items.map(
      ({ name, cpuCores }: { name: string; cpuCores: number }) => `${name} ${cpuCores}`,
    );
  expect(await names(one)).toEqual(await names(two));
  expect((await one.run('--json', 'db', 'check')).json).toEqual({ ok: true, findings: [] });
});

test('ping and stats describe the database', async () => {
  using cli = openCli();
  await cli.run('db', 'seed', '--size', '20');
  expect((await cli.run('--json', 'db', 'ping')).json).toMatchObject({ ok: true, engine: 'sqlite' });
  const { json } = await cli.run('--json', 'db', 'stats');
  expect(json.settings.journal_mode).toBe('wal');
  expect(json.tables).toContainEqual({ table: 'proxmox_vms', rows: 10 });
  expect(json.sizeBytes).toBeGreaterThan(10_000);
});

test('reset asks first, and leaves a database as new', async () => {
  using cli = openCli();
  await cli.run('db', 'seed', '--size', '20');
  expect(await cli.run('--json', 'db', 'reset')).toMatchObject({
    exit: 3,
    json: { error: { code: 'CONSENT_MISSING' } },
  });
  expect((await cli.run('--json', 'list', 'proxmox.vm')).json.items).toHaveLength(10);
  expect((await cli.run('--json', '--yes', 'db', 'reset')).exit).toBe(0);
  const { tables } = (await cli.run('--json', 'db', 'stats')).json;
  for (const { table, rows } of tables)
    if (!/_(migrations|tracked_tables)$/.test(table)) expect(rows, table).toBe(0);
  expect((await cli.run('--json', 'list', 'proxmox.vm')).json.items).toEqual([]);
  expect((await cli.run('--json', 'doctor')).json).toEqual({ ok: true, findings: [] });
});

test('doctor names a column dropped by hand, with the statement that mends it', async () => {
  using cli = openCli();
  await cli.run('db', 'seed', '--size', '20');
  const path = join(cli.folder, 'holdfast-data/holdfast.db');
  const edit = (sql: string): void => {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  };
  // Of a tracked table SQLite itself refuses it: triggers name every column.
  expect(() => edit('ALTER TABLE proxmox_vms DROP COLUMN pool')).toThrow('proxmox_vms_history');
  edit('ALTER TABLE proxmox_tasks DROP COLUMN exit_status');
  const { exit, json } = await cli.run('--json', 'doctor');
  expect(exit).toBe(5);
  expect(json).toEqual({
    ok: false,
    findings: [
      {
        code: 'COLUMN_MISSING',
        where: 'proxmox_tasks.exit_status',
        what: expect.any(String),
        fix: 'ALTER TABLE "proxmox_tasks" ADD COLUMN "exit_status" TEXT;',
      },
    ],
  });
  expect((await cli.run('doctor')).stdout).toContain(json.findings[0].fix);
  expect(await cli.run('--json', 'list', 'proxmox.task')).toMatchObject({
    exit: 5,
    json: { error: { code: 'SCHEMA_DRIFTED', hint: expect.stringContaining('doctor') } },
  });
  edit(json.findings[0].fix);
  expect((await cli.run('--json', 'doctor')).json).toEqual({ ok: true, findings: [] });
  expect((await cli.run('--json', 'list', 'proxmox.task')).json.items.length).toBeGreaterThan(0);
});
