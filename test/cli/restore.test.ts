// holdfast restore into a database that lives: refused, tried, done, taken back; and archives of another program.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  packed,
  sampleArchive,
  sampleDevice,
  sampleTemplate,
} from '../../packages/domains/src/shelly/archive/test-manager.ts';
import { engines } from '../engines.ts';
import { type Cli, openCli } from './run-cli.ts';

const key = ['--key-file', 'archive.key'];

/** A database that has gone on since it was backed up to `one.sma`. */
async function lived(env: Record<string, string> = {}): Promise<Cli> {
  const cli = openCli({ HOLDFAST_JSON: '1', ...env }, { oneProcess: true });
  expect((await cli.run('db', 'seed', '--size', '8')).exit).toBe(0);
  expect((await cli.run('backup', 'create', ...key, '--out', 'one.sma')).exit).toBe(0);
  // The same made-up records with other contents: some are changed, some are new.
  expect((await cli.run('db', 'seed', '--size', '10', '--seed', '5')).exit).toBe(0);
  return cli;
}

const sum = (tables: readonly Record<string, number>[], of: string): number =>
  tables.reduce((total, table) => total + table[of]!, 0);

test.for(engines)('$name: conflicts, a dry run, consent, the way back, a replacement', async (engine) => {
  const url = await engine.url();
  using cli = await lived({ HOLDFAST_DATABASE: url });
  const names = async () =>
    (await cli.run('list', 'proxmox.vm')).json.items.map(({ name }: { name: string }) => name);
  const living = await names();
  const restore = ['restore', 'one.sma', ...key];

  const refused = await cli.run(...restore);
  expect(refused).toMatchObject({ exit: 3, json: { error: { code: 'PLAN_REFUSED' } } });
  expect(refused.json.error.details.gates[0]).toMatchObject({
    gate: 'conflicts',
    evidence: { code: 'RESTORE_CONFLICT', tables: { proxmox_vms: expect.any(Number) } },
  });

  const choice = [...restore, '--only', 'proxmox.vm', '--conflict', 'overwrite'];
  const { json: dry } = await cli.run(...choice, '--dry-run');
  expect(dry).toMatchObject({ success: true, dryRun: true, errors: [], losses: [] });
  expect(await names()).toEqual(living);
  expect(await cli.run(...choice)).toMatchObject({ exit: 3, json: { error: { code: 'CONSENT_MISSING' } } });
  expect(await names()).toEqual(living);
  const { json: real, exit } = await cli.run('--yes', ...choice);
  expect(exit).toBe(0);
  expect({ ...real, ...volatile }).toEqual({ ...dry, ...volatile, dryRun: false });
  expect(real.recordsRestored).toBe(sum(real.tables, 'inserted') + sum(real.tables, 'updated'));
  expect(real.plan).toMatchObject({
    hash: dry.plan.hash,
    wayBack: `holdfast undo --request ${real.request}`,
  });
  expect(await names()).not.toEqual(living);
  expect((await cli.run('--yes', 'undo', '--request', real.request)).exit).toBe(0);
  expect(await names()).toEqual(living);

  const { json: one } = await cli.run(...choice, '--where', 'vmid=100', '--dry-run');
  expect(sum(one.tables, 'unchanged') + sum(one.tables, 'updated') + sum(one.tables, 'inserted')).toBe(1);

  // What undo does not know goes to an archive first.
  const { json: all } = await cli.run(
    '--yes',
    ...restore,
    '--conflict',
    'overwrite',
    '--no-preserve-existing',
  );
  expect(sum(all.tables, 'deleted')).toBeGreaterThan(0);
  expect(all.plan.wayBack).toContain(`holdfast restore ${all.safetyArchive} --conflict overwrite`);
  const back = all.plan.wayBack.split(' ').slice(1);
  expect((await cli.run('--yes', ...back, ...key)).exit).toBe(0);
  expect(await names()).toEqual(living);
  expect((await cli.run('doctor')).json).toEqual({ ok: true, findings: [] });
  expect((await cli.run('db', 'check')).json).toEqual({ ok: true, findings: [] });

  expect(await cli.run(...restore, '--replace')).toMatchObject({
    exit: 3,
    json: { error: { code: 'CONSENT_MISSING' } },
  });
  const { json: replaced } = await cli.run('--yes', ...restore, '--replace');
  expect(replaced).toMatchObject({ success: true, dryRun: false, warnings: [] });
  expect(await names()).not.toEqual(living);
  const put = await cli.run('--yes', ...replaced.plan.wayBack.split(' ').slice(1));
  expect(put).toMatchObject({ exit: 0, json: { success: true, kept: expect.any(String) } });
  expect(await names()).toEqual(living);
  const { kept } = put.json;
  if (engine.name !== 'sqlite')
    await engine.exec(
      url,
      engine.name === 'postgres' ? `DROP SCHEMA ${kept} CASCADE` : `DROP DATABASE ${kept}`,
    );
});

const volatile = { durationMs: 0, request: '', plan: null };

test('words that go together, and those that do not', async () => {
  using cli = await lived();
  const restore = ['restore', 'one.sma', ...key];
  for (const [flags, code] of [
    [['--conflict', 'both'], 'USAGE'],
    [['--where', 'vmid=100'], 'USAGE'],
    [['--only', 'proxmox.vm,dns.record', '--where', 'vmid=100'], 'USAGE'],
    [['--only', 'proxmox.vm', '--where', 'vmid'], 'QUERY_INVALID'],
    [['--only', 'nothing'], 'RESOURCE_UNKNOWN'],
    [['--only', 'nothing', '--where', 'id=1'], 'RESOURCE_UNKNOWN'],
    [['--replace', '--only', 'proxmox.vm'], 'USAGE'],
    [['--replace', '--conflict', 'skip'], 'USAGE'],
  ] as const)
    expect((await cli.run(...restore, ...flags)).json.error.code, flags.join(' ')).toBe(code);
  // A dry run makes nothing, also where there is nothing yet.
  const before = readdirSync(cli.folder);
  const dry = await cli.run('--data', 'fresh', ...restore, '--only', 'proxmox.vm', '--dry-run');
  expect(dry).toMatchObject({ exit: 0, json: { dryRun: true } });
  expect(sum(dry.json.tables, 'inserted')).toBeGreaterThan(0);
  expect(readdirSync(cli.folder)).toEqual(before);
  const fresh = await cli.run('--yes', '--data', 'fresh', ...restore, '--only', 'proxmox.vm');
  expect(fresh).toMatchObject({ exit: 0, json: { recordsRestored: dry.json.recordsRestored } });
});

test('an archive of Shelly Manager: devices and templates beside those that live', async () => {
  using cli = openCli({ HOLDFAST_JSON: '1' }, { oneProcess: true });
  const config = {
    ...{ device_id: 1, config: { name: 'kitchen' }, sync_status: 'synced' },
    ...{ updated_at: '2026-03-01T12:00:00Z', template_id: 1 },
  };
  const archive = sampleArchive({
    devices: [sampleDevice(1, { configuration: config }), sampleDevice(2), sampleDevice(3, { mac: 'none' })],
    templates: [sampleTemplate(1)],
  });
  writeFileSync(join(cli.folder, 'manager.sma'), packed(archive));
  await cli.run('db', 'seed', '--size', '1');
  const none = await cli.run('restore', 'manager.sma', '--source', 'nobody');
  expect(none).toMatchObject({ exit: 4, json: { error: { code: 'SOURCE_NOT_FOUND' } } });
  await cli.run('source', 'add', 'shelly', 'flat', '--addresses', '127.0.0.1:9');
  expect(await cli.run('restore', 'manager.sma')).toMatchObject({
    exit: 2,
    json: { error: { hint: expect.stringContaining('flat') } },
  });
  const restore = ['--yes', 'restore', 'manager.sma', '--source', 'flat'];
  const { exit, json } = await cli.run(...restore);
  expect(exit).toBe(7);
  expect(json).toMatchObject({
    success: true,
    recordsRestored: 4,
    errors: [expect.stringContaining('devices[2]')],
  });
  expect(json.warnings).toEqual(expect.arrayContaining([expect.stringContaining('devices[].status')]));
  const { json: devices } = await cli.run('list', 'shelly.device', '--where', 'source=flat');
  expect(devices.items.map(({ name }: { name: string }) => name)).toEqual(['Plug 1', 'Plug 2']);
  // The same again is nothing; where somebody has changed one, it is said what.
  expect((await cli.run(...restore)).json.recordsRestored).toBe(0);
  writeFileSync(
    join(cli.folder, 'manager.sma'),
    packed(sampleArchive({ devices: [sampleDevice(1, { name: 'Other' })] })),
  );
  expect(await cli.run(...restore)).toMatchObject({ exit: 3, json: { error: { code: 'PLAN_REFUSED' } } });
  expect((await cli.run(...restore, '--conflict', 'overwrite')).json.tables).toContainEqual(
    expect.objectContaining({ table: 'shelly_devices', updated: 1 }),
  );
});
