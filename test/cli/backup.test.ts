// Backups on the command line: made, looked at, proven, restored on every engine; and what goes wrong, by its exit code.

import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { bin, type Cli, openCli } from './run-cli.ts';

/** A folder with a filled database and the passphrase `correct horse`. */
async function seeded(env: Record<string, string> = {}, size = '20'): Promise<Cli> {
  const cli = openCli({ HOLDFAST_JSON: '1', ...env }, { oneProcess: true });
  expect((await cli.run('db', 'seed', '--size', size)).exit).toBe(0);
  const add = ['shelly', 'flat', '--addresses', '127.0.0.1:9', '--password-file', 'device-password'];
  writeFileSync(join(cli.folder, 'device-password'), 'open sesame\n');
  expect((await cli.run('source', 'add', ...add)).exit).toBe(0);
  writeFileSync(join(cli.folder, 'pass'), 'correct horse\n');
  writeFileSync(join(cli.folder, 'other'), 'wrong horse\n');
  return cli;
}
const key = ['--passphrase-file', 'pass'];

test.for(engines)('$name: create, list, show, verify, restore', async (engine) => {
  using cli = await seeded({ HOLDFAST_DATABASE: await engine.url() });
  const { json: created, exit } = await cli.run('backup', 'create', ...key, '--description', 'before');
  expect(exit).toBe(0);
  expect(created).toMatchObject({ type: 'full', proven: false, encrypted: true, omittedSecrets: 0 });
  expect(created.path).toMatch(/holdfast-data\/backups\/holdfast-.*-full\.sma$/);
  expect(statSync(created.path)).toMatchObject({ size: created.bytes });
  expect(readdirSync(join(cli.folder, 'holdfast-data/backups'))).toHaveLength(1);

  const { json: shown } = await cli.run('backup', 'show', created.id);
  expect(shown).toMatchObject({
    ...{ id: created.id, rows: created.rows, root: created.root, encrypted: true, tables: null },
    engine: { name: engine.name },
    metadata: { description: 'before' },
    keys: [{ kind: 'passphrase' }],
  });
  const { json: open } = await cli.run('backup', 'show', created.path, ...key);
  expect(open.tables.map(({ table }: { table: string }) => table)).toEqual(
    created.tables.map(({ table }: { table: string }) => table),
  );

  const proof = async () => (await cli.run('backup', 'list')).json.items[0];
  expect(await proof()).toMatchObject({ id: created.id, there: true, proven: false, proof: 'none' });
  for (const [flags, depth] of [
    [[], 'checksums'],
    [[...key, '--depth', 'decode'], 'decode'],
  ] as const) {
    const { json } = await cli.run('backup', 'verify', created.id, ...flags);
    expect(json).toMatchObject({ ok: true, depth, proven: false, rows: created.rows });
  }
  expect((await proof()).proof).toBe('none');
  const { json: verified } = await cli.run('backup', 'verify', created.id, ...key);
  expect(verified).toMatchObject({ ok: true, depth: 'restore', proven: true, rows: created.rows });
  expect(await proof()).toMatchObject({ proven: true, provenAt: expect.stringMatching(/Z$/) });

  const to = ['--data', 'fresh', 'restore', created.path, '--to', await engine.url(), ...key];
  const { json: dry } = await cli.run(...to, '--dry-run');
  expect(dry).toMatchObject({ success: true, dryRun: true, recordsRestored: created.rows });
  expect(existsSync(join(cli.folder, 'fresh'))).toBe(false);
  const { json: restored } = await cli.run(...to);
  expect(restored).toMatchObject({ success: true, dryRun: false, recordsRestored: created.rows, errors: [] });
  expect([restored.tables, restored.digest]).toEqual([dry.tables, dry.digest]);
  const onIt = ['--data', 'fresh', '--database', to[5]!];
  expect((await cli.run(...onIt, 'doctor')).json).toEqual({ ok: true, findings: [] });
  expect((await cli.run(...onIt, 'list', 'proxmox.vm', '--limit', '500')).stdout).toBe(
    (await cli.run('list', 'proxmox.vm', '--limit', '500')).stdout,
  );
  expect((await cli.run(...onIt, 'source', 'list')).json).toEqual((await cli.run('source', 'list')).json);
  // Into records that live nothing is restored that differs from them; what is the same is no conflict.
  expect(await cli.run(...to)).toMatchObject({ exit: 0, json: { success: true, recordsRestored: 0 } });
});

test('into the data folder of a new machine, with a key file; the next backup goes on', async () => {
  using cli = await seeded();
  const { json: created } = await cli.run(
    'backup',
    'create',
    '--key-file',
    'archive.key',
    '--out',
    'one.sma',
  );
  expect(statSync(join(cli.folder, 'archive.key')).mode & 0o777).toBe(0o600);
  const restore = await cli.run('--data', 'fresh', 'restore', 'one.sma', '--key-file', 'archive.key');
  expect(restore).toMatchObject({ exit: 0, json: { recordsRestored: created.rows, warnings: [] } });
  expect(readdirSync(join(cli.folder, 'fresh')).toSorted()).toEqual(['holdfast.db', 'secret.key']);
  const next = await cli.run('--data', 'fresh', 'backup', 'create', '--key-file', 'archive.key');
  expect(next.exit).toBe(0);
  const timelines = [];
  for (const path of ['one.sma', next.json.path])
    timelines.push((await cli.run('backup', 'show', path)).json.timeline);
  expect(new Set(timelines).size).toBe(2);
});

test('of a part, without what was', async () => {
  using cli = await seeded();
  const part = ['backup', 'create', '--only', 'important', '--no-histories', '--out', 'part.sma'];
  expect(await cli.run(...part)).toMatchObject({ exit: 0, json: { type: 'full' } });
  expect((await cli.run('backup', 'show', 'part.sma')).json.metadata).toMatchObject({
    dataClasses: expect.arrayContaining(['critical', 'important']),
    ...{ selection: ['important'], histories: 'omitted' },
  });
});

test('keys: a missing one, a wrong one, none', async () => {
  using cli = await seeded();
  const { json: created } = await cli.run('backup', 'create', ...key, '--out', 'one.sma');
  const before = readdirSync(cli.folder);
  for (const verb of [
    ['restore', 'one.sma', '--to', 'sqlite:new.db'],
    ['restore', 'one.sma', '--to', 'sqlite:new.db', '--dry-run'],
    ['backup', 'verify', 'one.sma', '--depth', 'restore'],
  ]) {
    const missing = await cli.run('--data', 'fresh', ...verb);
    expect(missing).toMatchObject({ exit: 8, json: { error: { code: 'ARCHIVE_KEY_MISSING' } } });
    const wrong = await cli.run('--data', 'fresh', ...verb, '--passphrase-file', 'other');
    expect(wrong).toMatchObject({ exit: 8, json: { error: { code: 'ARCHIVE_KEY_WRONG' } } });
  }
  expect(readdirSync(cli.folder)).toEqual(before);

  const { json: plain } = await cli.run('backup', 'create', '--out', 'plain.sma');
  expect(plain.encrypted).toBe(false);
  expect(plain.omittedSecrets).toBeGreaterThan(0);
  expect(plain.rows).toBeGreaterThanOrEqual(created.rows);
  const { json } = await cli.run('restore', 'plain.sma', '--to', 'sqlite:new.db');
  expect(json.warnings).toEqual([`${plain.omittedSecrets} secrets are not in the archive: enter them again`]);
});

test.for(engines)('$name: chains with a key and without one go on side by side', async (engine) => {
  using cli = await seeded({ HOLDFAST_DATABASE: await engine.url() }, '5');
  const create = (type: string, ...flags: string[]) => cli.run('backup', 'create', '--type', type, ...flags);
  const locked = (await create('full', ...key)).json;
  for (const type of ['incremental', 'differential'])
    expect(await create(type)).toMatchObject({
      exit: 8,
      json: {
        error: {
          code: 'ARCHIVE_KEY_MISSING',
          message: expect.stringContaining(locked.id),
          hint: expect.stringMatching(/--key-file .*holdfast backup create --type full/),
        },
      },
    });
  const plain = (await create('full')).json;
  const bases = async (type: string, ...flags: string[]) => {
    const { json } = await create(type, ...flags);
    return [json.type, json.base, json.encrypted];
  };
  expect(await bases('incremental', ...key)).toEqual(['incremental', locked.id, true]);
  expect(await bases('differential')).toEqual(['differential', plain.id, false]);
  expect(await bases('differential', ...key)).toEqual(['differential', locked.id, true]);
});

test('an increment with a key is none of archives without one', async () => {
  using cli = await seeded({}, '5');
  const { json: plain } = await cli.run('backup', 'create');
  expect(await cli.run('backup', 'create', '--type', 'incremental', ...key)).toMatchObject({
    exit: 2,
    json: {
      error: { message: expect.stringContaining(plain.id), hint: expect.stringContaining('--type full') },
    },
  });
});

test('damaged archives are refused before or while they are read, and leave nothing', async () => {
  using cli = await seeded();
  await cli.run('backup', 'create', ...key, '--out', 'one.sma');
  const whole = readFileSync(join(cli.folder, 'one.sma'));
  const cut = join(cli.folder, 'cut.sma');
  writeFileSync(cut, whole);
  truncateSync(cut, whole.length - 100);
  const flipped = Buffer.from(whole);
  flipped[whole.length >> 1]! ^= 4;
  writeFileSync(join(cli.folder, 'flipped.sma'), flipped);
  writeFileSync(join(cli.folder, 'none.sma'), 'hello');
  const before = readdirSync(cli.folder);
  for (const [path, code] of [
    ['cut.sma', 'ARCHIVE_TRUNCATED'],
    ['flipped.sma', 'ARCHIVE_CORRUPT'],
    ['none.sma', 'ARCHIVE_TRUNCATED'],
  ] as const)
    for (const verb of [
      ['backup', 'verify', path],
      ['restore', path, '--to', 'sqlite:new.db'],
    ]) {
      const { exit, json } = await cli.run(...verb, ...key);
      expect({ exit, code: json.error.code }, `${verb[0]} ${path}`).toEqual({ exit: 5, code });
    }
  expect(readdirSync(cli.folder)).toEqual(before);
  const missing = await cli.run('restore', 'gone.sma', '--to', 'sqlite:new.db');
  expect(missing).toMatchObject({ exit: 4, json: { error: { code: 'ARCHIVE_NOT_FOUND' } } });
});

test('what cannot be written is said, and no half archive stays', async () => {
  using cli = await seeded();
  await cli.run('backup', 'create', '--out', 'one.sma');
  expect(await cli.run('backup', 'create', '--out', 'one.sma')).toMatchObject({
    exit: 3,
    json: { error: { code: 'ARCHIVE_EXISTS' } },
  });
  expect(await cli.run('backup', 'create', '--out', 'mount/one.sma')).toMatchObject({
    exit: 4,
    json: { error: { code: 'ARCHIVE_NOT_FOUND', hint: expect.stringContaining('mount') } },
  });
  for (const flags of [
    ['--type', 'half'],
    ['--compression', 'rar'],
    ['--depth', 'deep'],
  ]) {
    const verb = flags[0] === '--depth' ? ['backup', 'verify', 'one.sma'] : ['backup', 'create'];
    expect((await cli.run(...verb, ...flags)).exit, flags.join(' ')).toBe(2);
  }
  expect(await cli.run('backup', 'create', '--only', 'nobody')).toMatchObject({
    exit: 4,
    json: { error: { code: 'RESOURCE_UNKNOWN' } },
  });
  // A limit on the size of files stands for a disk that is full.
  const full = spawn(
    'bash',
    [
      '-c',
      `trap '' XFSZ; ulimit -f 150; exec "$@"`,
      '-',
      process.execPath,
      bin,
      'backup',
      'create',
      '--compression',
      'none',
      '--out',
      'big.sma',
    ],
    {
      cwd: cli.folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, HOLDFAST_JSON: '1' },
    },
  );
  let said = '';
  full.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exit = await new Promise((resolve) => full.on('close', resolve));
  expect([exit, JSON.parse(said).error.code]).toEqual([1, 'DISK_FULL']);
  expect(readdirSync(cli.folder).filter((name) => name.startsWith('big'))).toEqual([]);
  expect((await cli.run('backup', 'list')).json.items).toHaveLength(1);
});

test('what cannot be made is told by the name that was given', async () => {
  using cli = await seeded({}, '3');
  expect((await cli.run('backup', 'create', '--out', 'one.sma')).exit).toBe(0);
  writeFileSync(join(cli.folder, 'file'), '');
  const told = async (...args: string[]) => (await cli.run(...args)).json.error;
  // A folder in which nobody makes files, where there is one.
  const folders = ['nowhere', 'file', ...(existsSync('/proc/self') ? ['/proc'] : [])];
  for (const folder of folders) {
    const [archive, database] = [join(folder, 'x.sma'), join(folder, 'x.db')];
    for (const error of [
      await told('backup', 'create', '--out', archive),
      await told('restore', 'one.sma', '--to', `sqlite:${database}`),
    ]) {
      expect([
        'ARCHIVE_NOT_FOUND',
        'SETTING_INVALID',
        'DATABASE_NOT_FOUND',
        'DATABASE_UNREACHABLE',
      ]).toContain(error.code);
      expect(error.message).toContain(folder);
      expect(error.message).not.toMatch(/~|partial|\/proc is not there/);
    }
  }
});

test('stopped in the middle, exit 9, nothing is left and the next one goes through', {
  timeout: 240_000,
}, async () => {
  using cli = await seeded({}, '6000');
  mkdirSync(join(cli.folder, 'out'));
  const interrupted = await stop(cli, /\.partial$/, 'backup', 'create', '--out', 'out/one.sma');
  expect(interrupted).toMatchObject({ exit: 9, code: 'CANCELLED' });
  expect(readdirSync(join(cli.folder, 'out'))).toEqual([]);
  expect((await cli.run('backup', 'create', '--out', 'one.sma')).exit).toBe(0);
  const restore = ['restore', 'one.sma', '--to', 'sqlite:out/new.db'];
  expect(await stop(cli, /\.restoring~[^/]*~[0-9a-f]{12}$/, ...restore)).toMatchObject({
    exit: 9,
    code: 'CANCELLED',
  });
  expect(readdirSync(join(cli.folder, 'out'))).toEqual([]);
  expect((await cli.run(...restore)).exit).toBe(0);
});

/** Interrupts a command once a file of this name is in the folder `out`. */
async function stop(cli: Cli, name: RegExp, ...args: string[]): Promise<{ exit: unknown; code: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: cli.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HOLDFAST_JSON: '1' },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  while (child.exitCode === null && !readdirSync(join(cli.folder, 'out')).some((each) => name.test(each)))
    await wait(2);
  child.kill('SIGINT');
  const exit = await closed;
  return { exit, code: JSON.parse(said).error?.code };
}

test('increments: what changed, and the state of each moment again', { timeout: 240_000 }, async () => {
  using cli = await seeded();
  mkdirSync(join(cli.folder, 'kept'));
  const sources = ['one', 'two', 'three'];
  const taken: { id: string; base?: string; type: string; path: string; at: string; rows: number }[] = [];
  for (const type of ['incremental', 'incremental', 'incremental', 'differential']) {
    const { json, exit } = await cli.run('backup', 'create', '--type', type, ...key, '--out', 'kept');
    expect(exit).toBe(0);
    taken.push({ ...json, at: (await cli.run('backup', 'show', json.path)).json.createdAt });
    const name = sources.shift();
    if (name === undefined) break;
    const add = ['shelly', name, '--addresses', '127.0.0.1:9', '--password-file', 'device-password'];
    expect((await cli.run('source', 'add', ...add)).exit).toBe(0);
  }
  // Without anything to go on from, the first is a full one.
  expect(taken.map(({ type }) => type)).toEqual(['full', 'incremental', 'incremental', 'differential']);
  expect(taken.map(({ base }) => base)).toEqual([undefined, taken[0]!.id, taken[1]!.id, taken[0]!.id]);
  expect(taken[1]!.rows).toBeLessThan(taken[0]!.rows / 2);
  const namesIn = async (...args: string[]): Promise<string[]> => {
    const folder = `at-${args.at(-1)!.replaceAll(/\W/g, '')}`;
    const { exit, json } = await cli.run(
      '--data',
      folder,
      'restore',
      ...args.slice(0, 1),
      ...key,
      ...args.slice(1),
    );
    expect(json.success, JSON.stringify(json)).toBe(true);
    expect(exit).toBe(0);
    const { json: found } = await cli.run('--data', folder, 'source', 'list');
    return found.items
      .map(({ name }: { name: string }) => name)
      .filter((name: string) => /^(one|two|three)$/.test(name));
  };
  expect(await namesIn(taken[2]!.path)).toEqual(['one', 'two']);
  expect(await namesIn(taken[0]!.path, '--at', taken[1]!.at)).toEqual(['one']);
  expect(await namesIn(taken[0]!.path, '--at', taken[3]!.at)).toEqual(['one', 'three', 'two']);
  const early = await cli.run(
    '--data',
    'no',
    'restore',
    taken[0]!.path,
    ...key,
    '--at',
    '2001-01-01T00:00:00Z',
  );
  expect(early).toMatchObject({ exit: 4, json: { error: { code: 'CHAIN_BEFORE' } } });
  rmSync(taken[1]!.path);
  const broken = await cli.run('--data', 'no', 'restore', taken[2]!.path, ...key);
  expect(broken).toMatchObject({
    exit: 5,
    json: { error: { code: 'CHAIN_BROKEN', message: expect.stringContaining(taken[1]!.id) } },
  });
  expect(existsSync(join(cli.folder, 'no'))).toBe(false);
});

test('a restore that is killed keeps nobody waiting: the next one begins again', {
  timeout: 240_000,
}, async () => {
  using cli = await seeded({}, '600');
  const { json: created } = await cli.run('backup', 'create', ...key, '--out', 'one.sma');
  for (const engine of engines) {
    const url = await engine.url();
    const args = ['restore', 'one.sma', '--to', url, ...key];
    const child = spawn(process.execPath, [bin, ...args], {
      ...{ cwd: cli.folder, stdio: 'ignore' },
      env: { ...process.env, HOLDFAST_JSON: '1' },
    });
    const closed = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
    while (!(await begun(engine, url))) await wait(5);
    child.kill('SIGKILL');
    expect(await closed, engine.name).toBe('SIGKILL');
    const { exit, json } = await cli.run('--database', url, 'status');
    if (engine.name === 'sqlite') expect([exit, json.error.code]).toEqual([4, 'DATABASE_NOT_FOUND']);
    else expect([exit, json.error.code], engine.name).toEqual([3, 'RESTORE_UNFINISHED']);
    expect(await cli.run(...args)).toMatchObject({ exit: 0, json: { recordsRestored: created.rows } });
    expect((await cli.run('--database', url, 'db', 'check')).json).toEqual({ ok: true, findings: [] });
  }
});

/** Whether the mark of a restore can be seen by others; a file that is made beside is one. */
async function begun(engine: (typeof engines)[number], url: string): Promise<boolean> {
  if (engine.name === 'sqlite') {
    const path = url.replace(/^sqlite:|\?.*$/g, '');
    return readdirSync(dirname(path)).some((name) => name.includes('.restoring~'));
  }
  const sql = "SELECT count(*) FROM holdfast_migrations WHERE domain = 'restore'";
  const rows = await engine.query(url, sql).catch(() => [[0n]]);
  return Number(rows[0]![0]) > 0;
}
