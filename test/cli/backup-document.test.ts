// Archives as documents: what backup show prints is YAML, is the archive, and restores.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { engines } from '../engines.ts';
import { openCli } from './run-cli.ts';

const key = ['--passphrase-file', 'pass'];

test('show prints the document of an archive, which restores into another store', async () => {
  using cli = openCli({}, { oneProcess: true });
  const json = async (...args: string[]) => (await cli.run('--json', '--yes', ...args)).json;
  await cli.run('db', 'seed', '--size', '20');
  writeFileSync(join(cli.folder, 'password'), 'open sesame\n');
  writeFileSync(join(cli.folder, 'pass'), 'correct horse\n');
  await cli.run(
    'source',
    'add',
    'shelly',
    'flat',
    '--addresses',
    '127.0.0.1:9',
    '--password-file',
    'password',
  );
  const created = await json('backup', 'create', ...key);

  const locked = await cli.run('backup', 'show', created.path);
  expect(locked).toMatchObject({ exit: 0, stderr: '' });
  expect(locked.stdout).toContain('# Its data are shown with one of its keys: passphrase ');
  expect(parse(locked.stdout)).toMatchObject({ version: '1.0.0', metadata: { total_records: created.rows } });

  const { stdout, exit } = await cli.run('backup', 'show', created.path, ...key);
  expect(exit).toBe(0);
  const document = parse(stdout);
  expect(document).toMatchObject({
    version: '1.0.0',
    holdfast_version: expect.stringMatching(/^\d/),
    database_schema_version: expect.stringMatching(/proxmox\/\d+/),
    checksum_algorithm: 'sha256',
    compression: 'zstd',
    encryption: 'aes-256-gcm',
    metadata: {
      total_records: created.rows,
      backup_type: 'full',
      source_database: 'sqlite',
      archive: created.id,
    },
  });
  const counts = Object.entries(document.data as Record<string, { count: number }>).map(
    ([table, { count }]) => [table, count],
  );
  expect(counts).toEqual(
    created.tables.map(({ table, rows }: { table: string; rows: number }) => [table, rows]),
  );
  expect(stdout).not.toContain('open sesame');
  expect(document.metadata.omitted_secrets).toBeGreaterThan(0);
  expect((await cli.run('backup', 'show', created.path, '--summary')).stdout).toContain(
    'its tables are shown',
  );

  // It comes back as the archive has it, but for what only a whole database has.
  writeFileSync(join(cli.folder, 'home.yaml'), stdout);
  const into = ['--data', 'fresh', 'restore'];
  const dry = await json(...into, 'home.yaml', '--dry-run');
  const restored = await json(...into, 'home.yaml');
  expect(restored).toMatchObject({ success: true, archive: created.id, errors: [] });
  expect(restored.warnings[0]).toContain('secrets are not in the archive');
  expect([dry.tables, dry.recordsRestored]).toEqual([restored.tables, restored.recordsRestored]);
  expect(restored.tables).toContainEqual(expect.objectContaining({ table: 'proxmox_nodes', inserted: 1 }));
  const again = await json(
    ...into,
    created.path,
    ...key,
    '--conflict',
    'fail',
    '--only',
    'proxmox',
    '--dry-run',
  );
  expect(again).toMatchObject({ success: true, recordsRestored: 0 });

  const lines = readFileSync(join(cli.folder, 'home.yaml'), 'utf8');
  const changed = lines.replace(/^( {8}name: )(\S+)$/m, '$1somebody-else');
  expect(changed).not.toBe(lines);
  writeFileSync(join(cli.folder, 'changed.yaml'), changed);
  const refused = await cli.run('--json', '--data', 'other', 'restore', 'changed.yaml', '--yes');
  expect(refused).toMatchObject({ exit: 5, json: { error: { code: 'DOCUMENT_CHECKSUM' } } });
  expect(existsSync(join(cli.folder, 'other'))).toBe(false);
});

test('an increment is shown with what it says is gone, and restores only as an archive', async () => {
  using cli = openCli({}, { oneProcess: true });
  await cli.run('db', 'seed', '--size', '20');
  await cli.run('backup', 'create', '--out', 'full.sma');
  await cli.run('backup', 'create', '--type', 'incremental', '--out', 'next.sma');
  const { stdout } = await cli.run('backup', 'show', 'next.sma');
  expect(parse(stdout).metadata.backup_type).toBe('incremental');
  expect(Object.keys(parse(stdout).data)).toContain('proxmox_vms.deleted');
  writeFileSync(join(cli.folder, 'next.yaml'), stdout);
  const refused = await cli.run('--json', '--data', 'fresh', 'restore', 'next.yaml');
  expect(refused).toMatchObject({ exit: 5, json: { error: { code: 'DOCUMENT_INVALID' } } });
  const { archive } = parse(stdout).metadata;
  expect(refused.json.error.hint).toContain(`holdfast backup show ${archive} --whole`);
  for (const other of [['--salvage'], ['--summary'], ['--json']])
    expect((await cli.run('backup', 'show', 'next.sma', '--whole', ...other)).exit).toBe(2);
});

test.for(engines)('$name: all that an increment and those before it have, as a document', async (engine) => {
  using cli = openCli({ HOLDFAST_DATABASE: await engine.url() }, { oneProcess: true });
  const json = async (...args: string[]) => (await cli.run('--json', '--yes', ...args)).json;
  const seed = (size: string, start: string) => cli.run('db', 'seed', '--size', size, '--seed', start);
  await seed('12', '1');
  writeFileSync(join(cli.folder, 'pass'), 'correct horse\n');
  const create = (type: string) => json('backup', 'create', '--type', type, ...key);
  await create('full');
  await seed('12', '2');
  await create('incremental');
  await seed('14', '3');
  const last = await create('incremental');
  expect(await cli.run('backup', 'show', last.id, '--whole')).toMatchObject({ exit: 8, stdout: '' });
  const { stdout, exit } = await cli.run('backup', 'show', last.id, '--whole', ...key);
  expect(exit).toBe(0);
  const { metadata, data } = parse(stdout);
  expect(metadata).toMatchObject({ backup_type: 'full', archive: last.id });
  expect(Object.keys(data).filter((name) => name.endsWith('.deleted'))).toEqual([]);
  const { items } = await json('list', 'proxmox.vm', '--columns', 'vmid', '--limit', '1000');
  expect(data.proxmox_vms.count).toBe(items.length);

  writeFileSync(join(cli.folder, 'whole.yaml'), stdout);
  const to = ['--to', await engine.url()];
  expect(await json('restore', 'whole.yaml', ...to)).toMatchObject({ success: true, archive: last.id });
  // Record by record it is what the chain has.
  expect(await json('restore', last.path, ...key, ...to, '--only', 'proxmox,dns', '--dry-run')).toMatchObject(
    {
      ...{ success: true, recordsRestored: 0, errors: [] },
    },
  );
});

test('what is whole of an archive that was cut off is shown, and restores', async () => {
  using cli = openCli({}, { oneProcess: true });
  await cli.run('db', 'seed', '--size', '20');
  await cli.run('backup', 'create', '--out', 'whole.sma');
  const bytes = readFileSync(join(cli.folder, 'whole.sma'));
  writeFileSync(join(cli.folder, 'cut.sma'), bytes.subarray(0, Math.floor(bytes.length * 0.7)));
  const refused = await cli.run('--data', 'fresh', 'restore', 'cut.sma');
  expect(refused).toMatchObject({
    exit: 5,
    stderr: expect.stringContaining('backup show ARCHIVE --salvage'),
  });
  const { stdout, stderr, exit } = await cli.run('backup', 'show', 'cut.sma', '--salvage');
  expect([exit, stderr]).toEqual([0, expect.stringMatching(/^\d+ rows are whole/)]);
  const { json: found } = await cli.run('--json', 'backup', 'show', 'cut.sma', '--salvage');
  expect(found).toMatchObject({ complete: false, stoppedBy: null });
  expect(parse(stdout).metadata.total_records).toBe(found.rows);
  writeFileSync(join(cli.folder, 'cut.yaml'), stdout);
  const deleting = ['restore', 'cut.yaml', '--no-preserve-existing', '--dry-run'];
  expect(await cli.run(...deleting)).toMatchObject({ exit: 2, stderr: expect.stringContaining('salvaged') });
  const { json } = await cli.run('--json', '--yes', '--data', 'fresh', 'restore', 'cut.yaml');
  expect(json).toMatchObject({ success: true });
  expect(json.tables).toContainEqual(expect.objectContaining({ table: 'proxmox_nodes', inserted: 1 }));
});
