// Keeping archives on the command line: places, keys, schedules, retention; and what each refuses.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { type Cli, openCli } from './run-cli.ts';

async function seeded(): Promise<Cli & { readonly nas: string }> {
  const cli = openCli({ HOLDFAST_JSON: '1' }, { oneProcess: true });
  onTestFinished(() => cli[Symbol.dispose]());
  expect((await cli.run('db', 'seed', '--size', '5')).exit).toBe(0);
  const nas = join(cli.folder, 'nas');
  mkdirSync(nas);
  return { ...cli, nas };
}

const file = (nas: string, type: string): string =>
  readdirSync(nas).findLast((name) => name.includes(`-${type}-`))!;
const addSource = (cli: Cli, name: string) =>
  cli.run('source', 'add', 'shelly', name, '--addresses', '127.0.0.1:9');
const sourcesOf = async (cli: Cli, database: string, data = 'holdfast-data'): Promise<string[]> =>
  (await cli.run('--data', data, '--database', database, 'source', 'list')).json.items.flatMap(
    (each: { name: string }) => (each.name.startsWith('seed-') ? [] : [each.name]),
  );

test('targets: set up once, refused by name when they are not what they were; secrets never shown', async () => {
  const cli = await seeded();
  const { nas } = cli;
  const add = (...more: string[]) => cli.run('backup', 'target', 'add', ...more);
  for (const [args, code, exit] of [
    [['a', 'nas'], 'TARGET_INVALID', 2],
    [['a', 's3://key:secret@bucket/x'], 'TARGET_INVALID', 2],
    [['a', 'folder:/nowhere/at/all'], 'TARGET_MISSING', 3],
    [['folder', `folder:${nas}`], 'SETTING_INVALID', 2],
    [['-x', `folder:${nas}`], 'USAGE', 2],
    [['a', `folder:${nas}`, '--credentials-file', 'none'], 'SETTING_INVALID', 2],
  ] as const) {
    const refused = await add(...args);
    expect([refused.json.error?.code, refused.exit], args.join(' ')).toEqual([code, exit]);
    expect(refused.stdout).not.toContain('key:secret');
  }
  writeFileSync(join(cli.folder, 'bad.json'), '{"password": "hunter2" oops');
  const broken = await add('a', `folder:${nas}`, '--credentials-file', 'bad.json');
  expect(broken).toMatchObject({ exit: 2, json: { error: { code: 'SETTING_INVALID' } } });
  expect(broken.stdout + broken.stderr).not.toContain('hunter2');
  expect(readdirSync(nas)).toEqual([]);

  expect(await add('nas', `folder:${nas}`)).toMatchObject({
    exit: 0,
    json: { kind: 'folder', url: `folder:${nas}` },
  });
  expect(await add('nas', `folder:${nas}`)).toMatchObject({
    exit: 3,
    json: { error: { code: 'TARGET_CONFIGURED' } },
  });
  expect((await cli.run('backup', 'target', 'test', 'nas')).json).toMatchObject({ ok: true, name: 'nas' });
  expect(await cli.run('backup', 'target', 'test', 'other')).toMatchObject({
    exit: 4,
    json: { error: { code: 'TARGET_UNKNOWN' } },
  });

  // A missing mount is an error, and nothing is written to the disk underneath; the archive itself is there.
  renameSync(nas, `${nas}-away`);
  mkdirSync(nas);
  const create = await cli.run('backup', 'create', '--target', 'nas');
  expect(create).toMatchObject({
    exit: 7,
    json: { copies: [{ stored: false, error: { code: 'TARGET_MISSING' } }] },
  });
  expect(readdirSync(nas)).toEqual([]);
  expect((await cli.run('backup', 'create', '--target', 'nas,other')).json.error.code).toBe('TARGET_UNKNOWN');
  rmSync(nas, { recursive: true });
  renameSync(`${nas}-away`, nas);
  expect((await cli.run('backup', 'target', 'list')).json.items).toMatchObject([{ archives: 0, waiting: 1 }]);
  expect(await cli.run('backup', 'copy')).toMatchObject({ exit: 0, json: { copies: [{ stored: true }] } });
  expect((await cli.run('backup', 'copy')).json.copies).toEqual([]);
  const { json: listed } = await cli.run('backup', 'list', '--target', 'nas');
  expect(listed.items).toMatchObject([{ id: create.json.id, bytes: create.json.bytes, registered: true }]);

  expect(await cli.run('backup', 'target', 'remove', 'nas')).toMatchObject({ exit: 3 });
  const removed = await cli.run('--yes', 'backup', 'target', 'remove', 'nas');
  expect(removed.json).toEqual({ removed: 'nas', archives: 1 });
  expect(statSync(join(nas, file(nas, 'full'))).size).toBe(create.json.bytes);
});

test('a chain on a target is shown, proven, fetched and restored from there, also by a machine that knows nothing', async () => {
  const cli = await seeded();
  const { nas } = cli;
  await cli.run('backup', 'target', 'add', 'nas', `folder:${nas}`);
  const key = ['--key-file', 'archive.key'];
  const made = [];
  for (const type of ['full', 'incremental']) {
    made.push((await cli.run('backup', 'create', '--type', type, ...key, '--target', 'nas')).json);
    await addSource(cli, `after-${type}`);
  }
  const [full, next] = made;
  expect(full.copies).toMatchObject([{ target: 'nas', stored: true }]);
  for (const { path } of made) rmSync(path);
  expect((await cli.run('backup', 'list')).json.items).toMatchObject([
    { id: next.id, there: false, copies: [{ target: 'nas', stored: true }] },
    { id: full.id, there: false },
  ]);
  const there = `nas:${file(nas, 'incremental')}`;
  expect((await cli.run('backup', 'show', there)).json).toMatchObject({ id: next.id, path: there });
  expect((await cli.run('backup', 'show', next.id)).json.path).toBe(there);
  expect((await cli.run('backup', 'verify', next.id, ...key)).json).toMatchObject({ proven: true });
  expect((await cli.run('backup', 'list')).json.items[0]).toMatchObject({ proven: true });
  expect((await cli.run('restore', next.id, '--to', 'sqlite:one.db', ...key)).exit).toBe(0);
  expect(await sourcesOf(cli, 'sqlite:one.db')).toEqual(['after-full']);

  const fresh = ['--data', 'fresh'];
  await cli.run(...fresh, 'backup', 'target', 'add', 'found', `folder:${nas}`);
  const { json: unknown } = await cli.run(...fresh, 'backup', 'list', '--target', 'found');
  expect(unknown.items.map((each: { registered: boolean }) => each.registered)).toEqual([false, false]);
  const onIt = `found:${file(nas, 'incremental')}`;
  mkdirSync(join(cli.folder, 'here'));
  const { json: fetched } = await cli.run(...fresh, 'backup', 'fetch', onIt, '--out', 'here');
  expect(fetched.files).toMatchObject([
    { id: full.id, fetched: true },
    { id: next.id, fetched: true },
  ]);
  expect((await cli.run(...fresh, 'restore', onIt, '--to', 'sqlite:two.db', ...key)).exit).toBe(0);
  const at = ['--at', full.createdAt ?? (await cli.run('backup', 'show', full.id)).json.createdAt];
  expect(
    (await cli.run(...fresh, 'restore', onIt, '--to', 'sqlite:three.db', ...key, ...at)).json.archive,
  ).toBe(full.id);
  expect(await sourcesOf(cli, 'sqlite:two.db', 'fresh')).toEqual(['after-full']);
  expect(await sourcesOf(cli, 'sqlite:three.db', 'fresh')).toEqual([]);

  expect(await cli.run('backup', 'show', 'nas:none.sma')).toMatchObject({ exit: 4 });
  expect(await cli.run('backup', 'show', 'nowhere:none.sma')).toMatchObject({
    exit: 4,
    json: { error: { code: 'TARGET_UNKNOWN' } },
  });
  rmSync(join(nas, file(nas, 'full')));
  const gap = await cli.run(...fresh, 'restore', onIt, '--to', 'sqlite:four.db', ...key);
  expect(gap).toMatchObject({ exit: 5, json: { error: { code: 'CHAIN_BROKEN' } } });
  expect(existsSync(join(cli.folder, 'four.db'))).toBe(false);
});

test('a schedule locks archives with a key that is not here, and proves only what it can open', async () => {
  const cli = await seeded();
  const { nas } = cli;
  const set = (...flags: string[]) => cli.run('backup', 'schedule', 'set', ...flags);
  expect(await set()).toMatchObject({ exit: 3, json: { error: { code: 'BACKUP_KEY_NONE' } } });
  expect((await cli.run('backup', 'key', 'show')).json.id).toBeNull();
  const { json: key } = await cli.run('backup', 'key', 'create', '--out', 'private.key');
  expect(statSync(join(cli.folder, 'private.key')).mode & 0o777).toBe(0o600);
  expect(await cli.run('backup', 'key', 'create', '--out', 'other.key')).toMatchObject({ exit: 3 });
  expect((await cli.run('backup', 'key', 'show')).json.id).toBe(key.id);
  renameSync(join(cli.folder, 'private.key'), join(cli.folder, 'taken-away.key'));
  await cli.run('backup', 'target', 'add', 'nas', `folder:${nas}`);
  expect(await set('--target', 'none')).toMatchObject({ exit: 4 });
  expect(await set('--full', 'soon')).toMatchObject({ exit: 2 });
  expect(await set('--segment', '5s')).toMatchObject({ exit: 2 });
  expect(await set('--drill-key-file', 'private.key')).toMatchObject({ exit: 8 });
  const { json: schedule } = await set('--target', 'nas');
  expect(schedule.settings).toMatchObject({ segmentSeconds: 60, partialSeconds: 86_400, keyId: key.id });
  expect(schedule.items.map((each: { name: string; cron: string }) => [each.name, each.cron])).toEqual([
    ['backup', '* * * * *'],
    ['backup-copy', '* * * * *'],
    ['backup-prune', '15 4 * * *'],
    ['backup-verify', '30 3 * * 0'],
  ]);

  expect((await cli.run('backup', 'status')).json).toMatchObject({
    ok: true,
    classes: [{ behindMs: null }, {}, {}, {}],
  });
  const run = async (...words: string[]) => (await cli.run('job', 'run', ...words)).json;
  const { result: first } = await run('backup');
  expect(first).toMatchObject({ backup: { type: 'full' } });
  expect((await run('backup-copy')).result.copies).toMatchObject([{ target: 'nas', stored: true }]);
  // The private half under a passphrase opens what was locked meanwhile; a wrong or missing one opens nothing.
  writeFileSync(join(cli.folder, 'horse'), 'correct horse\n');
  writeFileSync(join(cli.folder, 'mule'), 'correct mule\n');
  const lock = ['--out', 'locked.key', '--new-passphrase-file', 'horse'];
  expect((await cli.run('backup', 'key', 'lock', 'taken-away.key', ...lock)).json).toMatchObject({
    ...{ id: key.id, locked: true },
  });
  const into = (...flags: string[]) =>
    cli.run('--data', 'unlocked', 'restore', first.backup.path, '--key-file', 'locked.key', ...flags);
  expect(await into()).toMatchObject({ exit: 8, json: { error: { code: 'ARCHIVE_KEY_MISSING' } } });
  expect(await into('--passphrase-file', 'mule')).toMatchObject({ exit: 8 });
  expect(existsSync(join(cli.folder, 'unlocked'))).toBe(false);
  expect((await into('--passphrase-file', 'horse')).json).toMatchObject({ success: true });
  expect(await set('--drill-key-file', 'locked.key')).toMatchObject({ exit: 8 });
  expect((await run('backup')).result).toMatchObject({ due: null, backup: null });
  expect((await run('backup', 'segment')).result.backup).toBeNull();
  await addSource(cli, 'one');
  expect((await run('backup', 'segment')).result.backup).toMatchObject({
    type: 'segment',
    base: first.backup.id,
  });
  await addSource(cli, 'two');
  const { result: differential } = await run('backup', 'differential');
  expect(differential.backup).toMatchObject({ type: 'differential', base: first.backup.id });
  expect((await cli.run('job', 'run', 'backup', 'now')).exit).toBe(2);

  // Without the key nothing is proven, and that is said; with it, it is.
  const { result: checked, id } = await run('backup-verify');
  expect(checked.archives).toMatchObject([{ depth: 'checksums', proven: false }, { proven: false }]);
  expect((await cli.run('job', 'show', id)).json.log[0].message).toContain(
    'only its checksums were compared',
  );
  expect((await cli.run('backup', 'status')).json).toMatchObject({
    ok: true,
    classes: [{ class: 'critical', ok: true, provenAt: null, policyMs: 60_000 }, {}, {}, {}],
    findings: [{ code: 'BACKUP_UNPROVEN', advice: true }],
  });
  await set('--target', 'nas', '--drill-key-file', 'taken-away.key');
  expect((await run('backup-verify')).result.archives).toMatchObject([{ proven: true }, { proven: true }]);
  const { json: status } = await cli.run('backup', 'status');
  expect(status).toMatchObject({ ok: true, findings: [] });
  expect((await cli.run('status')).json.backup[0]).toMatchObject({ provenAt: status.classes[0].provenAt });
  expect((await run('backup-copy')).result.copies).toHaveLength(2);
  const segment = `nas:${file(nas, 'segment')}`;
  const restore = ['restore', segment, '--key-file', 'taken-away.key', '--to'];
  expect((await cli.run(...restore, 'sqlite:segment.db')).exit).toBe(0);
  expect(await sourcesOf(cli, 'sqlite:segment.db')).toEqual(['one']);

  // Late is what the schedule no longer allows, by the dates of archives.
  const database = new DatabaseSync(join(cli.folder, 'holdfast-data/holdfast.db'));
  database.exec('UPDATE holdfast_archives SET taken_at = taken_at - 3 * 86400000000');
  database.exec('UPDATE holdfast_archive_marks SET unchanged_until = unchanged_until - 3 * 86400000000');
  database.close();
  const late = await cli.run('doctor');
  expect(late).toMatchObject({ exit: 5 });
  expect(late.json.findings.map((each: { code: string; where: string }) => [each.code, each.where])).toEqual([
    ['BACKUP_LATE', 'backup of critical'],
    ['BACKUP_LATE', 'backup of important'],
  ]);
  expect((await run('backup')).result).toMatchObject({ backup: { type: 'incremental' } });
  expect((await cli.run('doctor')).exit).toBe(0);

  // By hand, with a key of one's own: a chain of its own.
  const own = await cli.run('backup', 'create', '--type', 'incremental', '--key-file', 'own.key');
  expect(own.json.type).toBe('full');
  const more = ['backup', 'create', '--type', 'incremental', '--key-file', 'taken-away.key'];
  expect((await cli.run(...more)).exit).toBe(8);

  expect((await cli.run('backup', 'schedule', 'remove')).json.removed).toHaveLength(4);
  expect((await cli.run('backup', 'schedule', 'list')).json).toEqual({
    settings: null,
    items: [],
    next: null,
  });
});

test('prune: shown with its reasons, pinned ones and ancestors stay, nothing goes without consent', async () => {
  const cli = await seeded();
  const { nas } = cli;
  await cli.run('backup', 'target', 'add', 'nas', `folder:${nas}`);
  const take = async (type: string) =>
    (await cli.run('backup', 'create', '--type', type, '--target', 'nas')).json.id as string;
  const [pinned, old, oldNext] = [await take('full'), await take('full'), await take('incremental')];
  const [base, middle, last] = [await take('full'), await take('incremental'), await take('incremental')];
  await cli.run('backup', 'pin', pinned);
  const policy = (...flags: string[]) => cli.run('backup', 'policy', 'set', ...flags);
  for (const wrong of [
    [],
    ['--class', 'critical'],
    ['--keep-last', '3'],
    ['--class', 'precious'],
    ['--zone', 'Mars'],
    ['--class', 'critical', '--daily', 'x'],
  ])
    expect((await policy(...wrong)).exit, wrong.join(' ')).toBe(2);
  const few = [
    '--keep-last',
    '1',
    '--hourly',
    '0',
    '--daily',
    '0',
    '--weekly',
    '0',
    '--monthly',
    '0',
    '--yearly',
    '0',
  ];
  for (const name of ['critical', 'important', 'operational', 'informational'])
    expect((await policy('--class', name, ...few)).exit).toBe(0);
  expect((await cli.run('backup', 'policy', 'show')).json).toMatchObject({
    policies: { critical: { keepLast: 1, daily: 0, segmentsWithin: 7 } },
    default: { critical: { keepLast: 3, daily: 30 } },
  });

  const dry = await cli.run('backup', 'prune', '--dry-run');
  expect(dry.json).toMatchObject({
    dryRun: true,
    removed: 2,
    effects: { archive: { delete: 2 }, copy: { delete: 2 } },
  });
  const kept = (json: typeof dry.json): string[] =>
    json.archives.flatMap((each: { id: string; keep: boolean }) => (each.keep ? [each.id] : []));
  expect(kept(dry.json)).toEqual([last, middle, base, pinned]);
  expect(dry.json.archives.find((each: { id: string }) => each.id === pinned).reasons).toContain('pinned');
  // What goes on from another archive goes first.
  expect(dry.json.plan.steps.map((each: { id: string }) => each.id)).toEqual([oldNext, old]);
  expect(await cli.run('backup', 'prune')).toMatchObject({
    exit: 3,
    json: { error: { code: 'CONSENT_MISSING' } },
  });
  expect((await cli.run('backup', 'list')).json.items).toHaveLength(6);

  // A target that does not answer is a gate: nothing is removed, here or there.
  renameSync(nas, `${nas}-away`);
  expect(await cli.run('--yes', 'backup', 'prune')).toMatchObject({
    exit: 3,
    json: { error: { code: 'PLAN_REFUSED' } },
  });
  renameSync(`${nas}-away`, nas);
  const folder = join(cli.folder, 'holdfast-data/backups');
  expect(readdirSync(folder)).toHaveLength(6);
  const pruned = await cli.run('--yes', 'backup', 'prune');
  expect(pruned).toMatchObject({ exit: 0, json: { removed: 2, effects: dry.json.effects } });
  expect([
    readdirSync(folder).length,
    readdirSync(nas).filter((name) => name.endsWith('.sma')).length,
  ]).toEqual([4, 4]);
  expect((await cli.run('backup', 'list')).json.items.map((each: { id: string }) => each.id)).toEqual([
    last,
    middle,
    base,
    pinned,
  ]);
  expect((await cli.run('backup', 'verify', last)).json.proven).toBe(true);
  await cli.run('backup', 'pin', pinned, '--off');
  expect((await cli.run('job', 'run', 'backup-prune')).json.result).toMatchObject({ removed: 1 });
  expect((await cli.run('--yes', 'backup', 'prune')).json).toMatchObject({ removed: 0 });
  await policy('--class', 'critical', '--default');
  expect((await cli.run('backup', 'policy', 'show')).json.policies.critical).toMatchObject({ keepLast: 3 });
  expect(readFileSync(join(folder, readdirSync(folder)[0]!)).length).toBeGreaterThan(0);
});
