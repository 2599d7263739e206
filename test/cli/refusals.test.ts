// Wrong input: the right exit code, one error on stdout under --json, one line and a next step without.

import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { openCli } from './run-cli.ts';

const add = ['source', 'add', 'proxmox', 'lab', '--endpoint', 'https://127.0.0.1:1'];
const token = ['--token', 'root@pam!holdfast=4f5c5e0a-6a2b-4d68-9a3a-0c9d7a3e1f00'];

const cases: [string, string[], number, string][] = [
  ['no verb', [], 2, 'USAGE'],
  ['an unknown verb', ['frobnicate'], 2, 'USAGE'],
  ['an unknown option', ['list', 'proxmox.vm', '--frobnicate'], 2, 'USAGE'],
  ['a missing argument', ['list'], 2, 'USAGE'],
  ['a domain that nothing here reads', ['source', 'add', 'dns', 'x'], 2, 'USAGE'],
  ['no database yet', ['list', 'proxmox.vm'], 4, 'DATABASE_NOT_FOUND'],
  ['no source yet', ['--data', '.', 'sync'], 4, 'DATABASE_NOT_FOUND'],
  ['an unknown resource', ['list', 'proxmox.nope'], 4, 'RESOURCE_UNKNOWN'],
  ['another engine', ['--database', 'oracle://db', 'status'], 2, 'ENGINE_UNKNOWN'],
  ['no URL', ['--database', 'holdfast.db', 'status'], 2, 'URL_INVALID'],
  ['an unknown setting', ['--database', 'sqlite:x.db?colour=red', 'status'], 2, 'SETTING_INVALID'],
  ['an unsafe setting', ['--database', 'sqlite:x.db?synchronous=OFF', 'status'], 2, 'SETTING_INVALID'],
  ['no endpoint', ['source', 'add', 'proxmox', 'lab', ...token], 2, 'SETTING_INVALID'],
  [
    'a bad endpoint',
    ['source', 'add', 'proxmox', 'lab', '--endpoint', 'nonsense', ...token],
    2,
    'SETTING_INVALID',
  ],
  ['no credentials', add, 2, 'SETTING_INVALID'],
  ['half a token', [...add, '--token', 'root@pam'], 2, 'SETTING_INVALID'],
  ['no password file', [...add, '--user', 'root@pam', '--password-file', 'nowhere'], 2, 'SETTING_INVALID'],
  [
    'a name with a slash',
    ['source', 'add', 'proxmox', 'a/b', '--endpoint', 'https://a', ...token],
    2,
    'SETTING_INVALID',
  ],
  ['a size of zero', ['db', 'seed', '--size', '0'], 2, 'SETTING_INVALID'],
];

test.each(cases)('%s', async (_, args, exit, code) => {
  using cli = openCli();
  const asJson = await cli.run('--json', ...args);
  expect({ exit: asJson.exit, stderr: asJson.stderr }).toEqual({ exit, stderr: '' });
  expect(asJson.json).toEqual({
    error: expect.objectContaining({ code, message: expect.any(String), hint: expect.stringMatching(/./) }),
  });
  const asText = await cli.run(...args);
  expect({ exit: asText.exit, stdout: asText.stdout }).toEqual({ exit, stdout: '' });
  expect(asText.stderr.trimEnd().split('\n')).toHaveLength(2);
  expect(asText.stderr).toMatch(/^holdfast: /);
});

test('a filter, an order, a limit and a cursor that cannot be are refused by name', async () => {
  using cli = openCli();
  await cli.run('db', 'seed', '--size', '20');
  const refused = async (...args: string[]): Promise<string> =>
    (await cli.run('--json', 'list', 'proxmox.vm', ...args)).json.error.code;
  expect(await refused('--where', 'nonsense')).toBe('QUERY_INVALID');
  expect(await refused('--where', 'colour=red')).toBe('QUERY_INVALID');
  expect(await refused('--where', 'status=flying')).toBe('QUERY_INVALID');
  expect(await refused('--where', 'vmid=many')).toBe('QUERY_INVALID');
  expect(await refused('--where', 'config=x')).toBe('QUERY_INVALID');
  expect(await refused('--order', 'colour')).toBe('QUERY_INVALID');
  expect(await refused('--order', 'name:up')).toBe('QUERY_INVALID');
  expect(await refused('--limit', '0')).toBe('QUERY_INVALID');
  expect(await refused('--limit', 'many')).toBe('QUERY_INVALID');
  expect(await refused('--after', 'nonsense')).toBe('CURSOR_INVALID');
});

test('an unreachable system is a named, incomplete answer', async () => {
  using cli = openCli();
  expect((await cli.run(...add, ...token)).exit).toBe(0);
  expect(await cli.run('--json', ...add, ...token)).toMatchObject({
    exit: 3,
    json: { error: { code: 'SOURCE_EXISTS' } },
  });
  const swept = await cli.run('--json', 'sync');
  expect(swept.exit).toBe(7);
  for (const { complete, error } of swept.json.sources[0].scopes) {
    expect(complete).toBe(false);
    expect(error.code).toBe('SOURCE_UNREACHABLE');
  }
  expect(await cli.run('--json', 'source', 'test', 'lab')).toMatchObject({
    exit: 1,
    json: { error: { code: 'SOURCE_UNREACHABLE' } },
  });
  expect(await cli.run('--json', 'sync', 'nobody')).toMatchObject({
    exit: 4,
    json: { error: { code: 'SOURCE_NOT_FOUND' } },
  });
});

test('a file that is no database is left as it is', async () => {
  using cli = openCli();
  const path = join(cli.folder, 'notes.txt');
  writeFileSync(
    path,
    'not a database, and longer than the header that a database would have at its very beginning, ok?',
  );
  expect(await cli.run('--json', '--database', 'sqlite:notes.txt', 'status')).toMatchObject({
    exit: 5,
    json: { error: { code: 'DATABASE_FOREIGN' } },
  });
  expect(readFileSync(path, 'utf8')).toMatch(/^not a database/);
});

test('a database of a newer Holdfast is refused, untouched', async () => {
  using cli = openCli();
  await cli.run('db', 'seed', '--size', '10');
  const path = join(cli.folder, 'holdfast-data/holdfast.db');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 1000');
  db.close();
  const before = readFileSync(path);
  for (const args of [['status'], ['sync'], ['list', 'proxmox.vm'], ['db', 'reset', '--yes']])
    expect(await cli.run('--json', ...args)).toMatchObject({
      exit: 3,
      json: { error: { code: 'DATABASE_NEWER' } },
    });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a database marked read-only is refused by name', async () => {
  using cli = openCli();
  await cli.run('db', 'seed', '--size', '10');
  chmodSync(join(cli.folder, 'holdfast-data/holdfast.db'), 0o444);
  expect(await cli.run('--json', 'status')).toMatchObject({
    exit: 3,
    json: { error: { code: 'DATABASE_READ_ONLY' } },
  });
});

test('a key file that is wrong, exposed or gone is named, with exit 8 or 3', async () => {
  using cli = openCli();
  await cli.run(...add, ...token);
  const key = join(cli.folder, 'holdfast-data/secret.key');
  chmodSync(key, 0o644);
  expect(await cli.run('--json', 'sync')).toMatchObject({
    exit: 3,
    json: { error: { code: 'SECRET_KEY_EXPOSED' } },
  });
  chmodSync(key, 0o600);
  writeFileSync(key, `${Buffer.alloc(32, 7).toString('base64')}\n`);
  expect(await cli.run('--json', 'sync')).toMatchObject({
    exit: 8,
    json: { error: { code: 'SECRET_KEY_WRONG' } },
  });
  expect(await cli.run('--json', 'doctor')).toMatchObject({
    exit: 5,
    json: { findings: [{ code: 'SECRET_KEY_WRONG' }] },
  });
});

test.for(engines)(
  '$name: another key than the database was sealed with, or none, takes no source; it removes one',
  async (engine) => {
    using cli = openCli({ HOLDFAST_JSON: '1', HOLDFAST_DATABASE: await engine.url() }, { oneProcess: true });
    const second = ['source', 'add', 'proxmox', 'lab2', '--endpoint', 'https://127.0.0.1:1', ...token];
    await cli.run(...add, ...token);
    const key = join(cli.folder, 'holdfast-data/secret.key');
    renameSync(key, join(cli.folder, 'kept.key'));
    const { json: missing, ...lost } = await cli.run(...second);
    expect(lost).toMatchObject({ exit: 8, stderr: '' });
    const { wanted } = missing.error.details;
    expect(missing.error).toMatchObject({ code: 'SECRET_KEY_MISSING', details: { found: null } });
    expect(missing.error.message).toContain(`sealed with key ${wanted}`);
    expect(readdirSync(join(cli.folder, 'holdfast-data'))).not.toContain('secret.key');
    writeFileSync(key, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    const { json: wrong, exit } = await cli.run(...second);
    expect(exit).toBe(8);
    expect(wrong.error).toMatchObject({
      code: 'SECRET_KEY_WRONG',
      hint: expect.stringMatching(
        new RegExp(`Put key ${wanted} back as .*secret.key.*holdfast source remove NAME`),
      ),
      details: { wanted, found: expect.stringMatching(/^[0-9a-f]{8}$/) },
    });
    expect((await cli.run('source', 'list')).json.items).toMatchObject([{ name: 'lab' }]);
    expect(await cli.run('--yes', 'source', 'remove', 'lab')).toMatchObject({
      exit: 0,
      json: { removed: 'lab' },
    });
    expect(await cli.run(...second)).toMatchObject({ exit: 0, json: { name: 'lab2' } });
    renameSync(join(cli.folder, 'kept.key'), key);
    expect(await cli.run(...add, ...token)).toMatchObject({
      exit: 8,
      json: { error: { code: 'SECRET_KEY_WRONG' } },
    });
  },
);

test('a backup that is refused leaves neither folder nor key', async () => {
  using cli = openCli({}, { oneProcess: true });
  const create = ['--json', 'backup', 'create', '--key-file', 'archive.key'];
  expect(await cli.run(...create)).toMatchObject({
    exit: 4,
    json: { error: { code: 'DATABASE_NOT_FOUND' } },
  });
  expect(readdirSync(cli.folder)).toEqual([]);
  await cli.run(...add, ...token);
  const there = readdirSync(join(cli.folder, 'holdfast-data')).sort();
  const refusals: [string, string[], number][] = [
    ['USAGE', ['--type', 'whole'], 2],
    ['USAGE', ['--compression', 'best'], 2],
    ['RESOURCE_UNKNOWN', ['--only', 'nonsense'], 4],
    ['TARGET_UNKNOWN', ['--target', 'nowhere'], 4],
    ['ARCHIVE_NOT_FOUND', ['--out', 'nowhere/one.sma'], 4],
    ['ARCHIVE_KEY_MISSING', ['--passphrase-file', 'nowhere'], 8],
  ];
  for (const [code, flags, exit] of refusals)
    expect(await cli.run(...create, ...flags)).toMatchObject({ exit, json: { error: { code } } });
  renameSync(join(cli.folder, 'holdfast-data/secret.key'), join(cli.folder, 'kept.key'));
  expect(await cli.run(...create)).toMatchObject({
    exit: 8,
    json: { error: { code: 'SECRET_KEY_MISSING' } },
  });
  renameSync(join(cli.folder, 'kept.key'), join(cli.folder, 'holdfast-data/secret.key'));
  expect(readdirSync(cli.folder)).toEqual(['holdfast-data']);
  expect(readdirSync(join(cli.folder, 'holdfast-data')).sort()).toEqual(there);
  expect(await cli.run(...create)).toMatchObject({ exit: 0 });
  const other = ['--json', 'backup', 'create', '--type', 'incremental', '--key-file', 'other.key'];
  expect(await cli.run(...other)).toMatchObject({ exit: 8, json: { error: { code: 'ARCHIVE_KEY_WRONG' } } });
  expect(readdirSync(cli.folder).sort()).toEqual(['archive.key', 'holdfast-data']);
});

test('a refusal leaves no key in a folder that had none', async () => {
  using cli = openCli({}, { oneProcess: true });
  const archiveKey = ['--key-file', 'archive.key'];
  await cli.run(...add, ...token);
  await cli.run('backup', 'create', '--out', 'one.sma', ...archiveKey);
  mkdirSync(join(cli.folder, 'fresh'));
  const there = ['--json', '--data', 'fresh', '--database', 'sqlite:holdfast-data/holdfast.db'];
  expect(await cli.run(...there, 'sync')).toMatchObject({
    exit: 8,
    json: { error: { code: 'SECRET_KEY_MISSING' } },
  });
  expect(await cli.run(...there, ...add, ...token)).toMatchObject({
    exit: 3,
    json: { error: { code: 'SOURCE_EXISTS' } },
  });
  expect(await cli.run(...there, 'backup', 'create', ...archiveKey)).toMatchObject({
    exit: 8,
    json: { error: { code: 'SECRET_KEY_MISSING' } },
  });
  await cli.run('--yes', 'source', 'remove', 'lab');
  const into = ['restore', 'one.sma', '--only', 'holdfast_sources', ...archiveKey];
  expect(await cli.run(...there, ...into, '--dry-run')).toMatchObject({ exit: 0 });
  expect(await cli.run(...there, ...into)).toMatchObject({ json: { error: { code: 'CONSENT_MISSING' } } });
  expect(readdirSync(join(cli.folder, 'fresh'))).not.toContain('secret.key');
});

test('a data folder that cannot be made is named', async () => {
  using cli = openCli();
  writeFileSync(join(cli.folder, 'file'), '');
  mkdirSync(join(cli.folder, 'folder'));
  expect(await cli.run('--json', '--data', 'file/inside', 'db', 'seed')).toMatchObject({
    exit: 2,
    json: { error: { code: 'SETTING_INVALID' } },
  });
  expect(await cli.run('--json', '--database', 'sqlite:nowhere/x.db', 'db', 'seed')).toMatchObject({
    exit: 4,
    json: { error: { code: 'DATABASE_NOT_FOUND' } },
  });
});
