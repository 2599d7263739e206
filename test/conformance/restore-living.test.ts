// Restores into a store that lives: what becomes of each record under each policy, counted before, done in one piece.
// HOLDFAST_RESTORES sets how many stores are made up, changed and restored (default 6).

import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, int, type Store, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  type ConflictPolicy,
  contentsOf,
  createBackup,
  createKeyFile,
  type LivingRestoreOptions,
  openFileSource,
  prepareLivingRestore,
} from '@holdfast/core/archive';
import { undoDraft, undoKind } from '@holdfast/core/history';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import { historyGaps, journal, plans } from '@holdfast/core/system';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { house as domain, furnish, lamps, live, marks, parts, rooms, tables } from './fixtures/house.ts';

const actor = { name: 'ann', via: 'cli' };

interface House {
  readonly store: Store;
  readonly read: () => Promise<Record<string, unknown[]>>;
  readonly backup: (only?: readonly string[], how?: { readonly locked: boolean }) => Promise<ArchiveReader>;
  readonly restore: (
    archive: ArchiveReader,
    options?: LivingRestoreOptions,
    dryRun?: boolean,
  ) => Promise<Done>;
}
type Done = Awaited<ReturnType<typeof restoreInto>>;

async function restoreInto(
  store: Store,
  archive: ArchiveReader,
  options: LivingRestoreOptions,
  dryRun: boolean,
  intents: string,
) {
  const contents = await contentsOf([archive], store.domains);
  await using _closing = { [Symbol.asyncDispose]: async () => contents.close?.() };
  const living = await prepareLivingRestore(store, contents, options);
  const plan = makePlan(living.draft);
  const result = await applyPlan({
    ...{ store, kind: living.kind, plan, actor, intents, dryRun },
    consent: giveConsent(plan, { by: 'ann', via: 'cli' }),
  });
  const counted = living.tables.filter(
    (each) => each.inserted + each.updated + each.skipped + each.deleted + each.unchanged > 0,
  );
  return { effects: result.effects, digest: living.digest(), written: living.written, plan, counted };
}

async function house(engine: TestEngine): Promise<House> {
  const keyFile = join(scratchFolder(), 'secret.key');
  const store = (await engine.open({
    url: await engine.url(),
    domains: [domain],
    keyFile,
  })) as unknown as Store;
  const key = await createKeyFile(join(scratchFolder(), 'archive.key'));
  const intents = scratchFolder();
  return {
    store,
    async read() {
      const all: [string, unknown[]][] = [];
      for (const each of tables) {
        const { items } = await store.repository(each).list({ limit: 1_000 });
        all.push([
          each.name,
          items.map((row) =>
            'code' in row
              ? { ...row, code: (row.code as never as { reveal(): string } | null)?.reveal() ?? null }
              : row,
          ),
        ]);
      }
      return Object.fromEntries(all);
    },
    async backup(only, { locked } = { locked: true }) {
      const path = join(scratchFolder(), 'one.sma');
      await createBackup(store, { path, keys: locked ? [key] : [], ...(only === undefined ? {} : { only }) });
      const source = await openFileSource(path);
      onTestFinished(() => source.close());
      return ArchiveReader.open(source, { keys: [key] });
    },
    restore: (archive, options = {}, dryRun = false) => restoreInto(store, archive, options, dryRun, intents),
  };
}

const only = ['test'];

describe.each(engines)('$name', (engine) => {
  test('policies: what stays, what goes, what comes back; the dry run counts the same', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const before = await read();
    const archive = await backup();
    await live(store);
    const living = await read();

    await expect(restore(archive, { only })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringMatching(/living records.*5 of them: rooms 1/),
      details: { gates: expect.arrayContaining([expect.objectContaining({ gate: 'conflicts', ok: false })]) },
    });
    expect(await read()).toEqual(living);

    const wanted: Record<Exclude<ConflictPolicy, 'fail'>, [updated: number, skipped: number]> = {
      skip: [0, 5],
      merge: [2, 3],
      newer: [0, 5],
      overwrite: [5, 0],
    };
    for (const [policy, [updated, skipped]] of Object.entries(wanted)) {
      const options = { only, policy: policy as ConflictPolicy };
      const dry = await restore(archive, options, true);
      expect(await read(), policy).toEqual(living);
      const request = `call-${policy}`;
      const real = await store.as({ request, via: 'restore', reason: 'because' }, () =>
        restore(archive, options),
      );
      expect({ ...dry, plan: null }, policy).toEqual({ ...real, plan: null });
      expect(real.plan.hash).toBe(dry.plan.hash);
      const sum = (of: 'inserted' | 'updated' | 'skipped' | 'conflicts') =>
        real.counted.reduce((total, each) => total + each[of], 0);
      expect([sum('inserted'), sum('updated'), sum('skipped'), sum('conflicts')], policy).toEqual([
        ...[3, updated, skipped, 5],
      ]);
      const now = await read();
      // What came back is bit by bit what it was, its last gauges with it; what the archive does not have stays.
      expect(now['rooms']![1], policy).toEqual(before['rooms']![1]);
      expect(now['lamps']![1], policy).toEqual(before['lamps']![1]);
      expect(now['rooms']!.at(-1), policy).toEqual(living['rooms']!.at(-1));
      if (policy === 'merge')
        expect(now['lamps']![3]).toEqual({ ...(living['lamps']![2] as object), label: 'lamp 4' });
      if (policy === 'overwrite') {
        expect(now['rooms']!.slice(0, 4)).toEqual(before['rooms']);
        expect(now['lamps']!.slice(0, 4)).toEqual(before['lamps']);
        expect([now['parts'], now['marks']]).toEqual([before['parts'], before['marks']]);
      } else
        expect([now['rooms']![0], now['lamps']![0]], policy).toEqual([
          living['rooms']![0],
          living['lamps']![0],
        ]);
      expect(await store.check(), policy).toEqual([]);
      const { items } = await store.repository(journal).list({ where: { request } });
      expect(items, policy).toMatchObject([{ via: 'restore', reason: 'because' }]);
      // Its changes are changes like any other: they are taken back by undo.
      const undo = makePlan(await undoDraft(store, domain.resources, { request }));
      await applyPlan({
        ...{ store, kind: undoKind(domain.resources), plan: undo, actor, intents: scratchFolder() },
        consent: giveConsent(undo, { by: 'ann', via: 'cli' }),
      });
      const back = await read();
      expect([back['rooms'], back['lamps']], policy).toEqual([living['rooms'], living['lamps']]);
      await store.repository(parts).update({ id: 3 }, { partOf: null });
      await store.repository(parts).update({ id: 2 }, { partOf: 3 });
    }
    expect(await store.repository(historyGaps).count({})).toBe(0);
    expect(await store.doctor()).toEqual([]);
  });

  test('what the archive does not have is deleted only where that is asked for, and nothing else goes with it', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const before = await read();
    const archive = await backup();
    await live(store);
    const options = { policy: 'overwrite', preserveExisting: false } as const;
    await expect(restore(archive, { ...options, only: ['rooms'] })).rejects.toMatchObject({
      code: 'REFERENCED',
      details: { table: 'lamps', parent: 'rooms' },
    });
    const { effects, plan } = await restore(archive, { ...options, only });
    expect(effects).toMatchObject({ rooms: { delete: 1 }, lamps: { delete: 1 } });
    expect(plan.hazards).toContainEqual(expect.objectContaining({ code: 'DELETES', severity: 'danger' }));
    expect(await read()).toEqual(before);
    // Everything, its own tables included: who did what, and the plan of this very restore, stay.
    const all = await restore(archive, options);
    expect(await read()).toEqual(before);
    expect(all.written).toEqual(expect.not.arrayContaining(['rooms', 'holdfast_plans', 'holdfast_settings']));
    expect(await store.repository(plans).count({ state: 'applied' })).toBe(2);
  });

  test('a choice of records brings along what it refers to, and touches nothing else', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const before = await read();
    const archive = await backup();
    const lean = await backup(['marks']);
    await live(store);
    const living = await read();
    const choice = { only: ['test.lamp'], policy: 'overwrite' } as const;
    const dry = await restore(archive, { ...choice, where: { label: { contains: 'lamp 2' } } }, true);
    expect(dry.effects).toEqual({ rooms: { insert: 1 }, rooms_latest: { insert: 1 }, lamps: { insert: 1 } });
    await restore(archive, { ...choice, where: { roomId: { lte: 2 }, id: { eq: 'a' }, level: { ne: 7 } } });
    const now = await read();
    expect([now['lamps']![0], now['lamps']![1]]).toEqual([before['lamps']![0], before['lamps']![1]]);
    expect(now['rooms']![0]).toEqual(living['rooms']![0]);
    expect(now['rooms']![1]).toEqual(before['rooms']![1]);
    expect(now['parts']).toEqual(living['parts']);
    // With conditions, only such records are absent.
    await restore(archive, { ...choice, where: { roomId: { gt: 4 } }, preserveExisting: false });
    expect((await read())['lamps']).toHaveLength(4);
    for (const [options, code] of [
      [{ only: ['nothing'] }, 'RESOURCE_UNKNOWN'],
      [{ only: ['holdfast_plans'] }, 'RESOURCE_UNKNOWN'],
      [{ only: ['test'], where: { id: { eq: 1 } } }, 'USAGE'],
      [{ where: { id: { eq: 1 } } }, 'USAGE'],
      [{ only: ['test.lamp'], where: { code: { eq: 'x' } } }, 'QUERY_INVALID'],
      [{ only: ['test.room'], where: { heat: { gt: 1 } } }, 'QUERY_INVALID'],
    ] as const)
      await expect(restore(archive, options), JSON.stringify(options)).rejects.toMatchObject({ code });
    await expect(restore(lean, { only: ['test.lamp'] })).rejects.toMatchObject({ code: 'RESOURCE_UNKNOWN' });
  });

  test('newer: by the clock of a record, else by the history of its table, else refused by name', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const archive = await backup();
    const before = await read();
    await live(store);
    // As another machine would have left it: an older clock, other words.
    await store.repository(rooms).update({ id: 4 }, { name: 'older', updatedAt: 5 });
    await restore(archive, { only: ['rooms', 'lamps', 'parts'], policy: 'newer' });
    const now = await read();
    expect(now['rooms']![3]).toEqual(before['rooms']![3]);
    expect(now['rooms']![0]).toMatchObject({ name: 'attic' });
    expect(now['lamps']![0]).toMatchObject({ label: 'changed' });
    await store.repository(marks).update({ id: 1 }, { word: 'other' });
    await expect(restore(archive, { only: ['marks'], policy: 'newer' })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining('marks'),
      details: {
        gates: expect.arrayContaining([
          expect.objectContaining({
            gate: 'newer',
            evidence: { code: 'RESTORE_UNDATED', tables: ['marks'] },
          }),
        ]),
      },
    });
  });

  test('a unique value that another record has by now is refused, and nothing is written', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const archive = await backup();
    await store.repository(rooms).delete({ id: 2 });
    await store.repository(rooms).insert({ id: 20, name: 'room 2' });
    const living = await read();
    for (const dryRun of [true, false])
      await expect(restore(archive, { only, policy: 'skip' }, dryRun)).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    expect(await read()).toEqual(living);
  });

  test('cancelled while it counts, writes and proves, nothing has happened', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const archive = await backup();
    await live(store);
    const living = await read();
    for (const stop of ['counting', 'loading', 'proving']) {
      const controller = new AbortController();
      const onProgress = ({ phase, table: at }: { phase: string; table: string }): void => {
        if (phase === stop && at === 'lamps') controller.abort();
      };
      await expect(
        restore(archive, { only, policy: 'overwrite', signal: controller.signal, onProgress }),
        stop,
      ).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await read(), stop).toEqual(living);
    }
  });

  test('a store that has changed since the plan was shown is left alone', async () => {
    const { store, read, backup } = await house(engine);
    await furnish(store);
    const archive = await backup();
    await live(store);
    const contents = await contentsOf([archive], store.domains);
    const planned = await prepareLivingRestore(store, contents, { only, policy: 'overwrite' });
    await store.repository(lamps).delete({ roomId: 3, id: 'a' });
    const living = await read();
    const plan = makePlan(planned.draft);
    const apply = applyPlan({
      ...{ store, kind: planned.kind, plan, actor, intents: scratchFolder() },
      consent: giveConsent(plan, { by: 'ann', via: 'cli' }),
    });
    await expect(apply).rejects.toMatchObject({ code: 'PLAN_STALE', details: { table: 'lamps' } });
    expect(await read()).toEqual(living);
    expect((await store.repository(plans).list({})).items).toMatchObject([{ state: 'failed' }]);
  });

  test('secrets that are not in the archive stay as they live', async () => {
    const { store, read, backup, restore } = await house(engine);
    await furnish(store);
    const before = await read();
    const archive = await backup(only, { locked: false });
    await live(store);
    const living = await read();
    await restore(archive, { policy: 'overwrite' });
    const now = (await read())['lamps'] as { code: string | null }[];
    const then = before['lamps'] as { code: string | null }[];
    expect(now[0]).toEqual({ ...then[0], code: (living['lamps'] as typeof now)[0]!.code });
    // Of a record that was gone it is gone too.
    expect(now[1]).toEqual({ ...then[1], code: null });
  });

  test('from SQLite: the same records, and what this engine cannot keep is named before anything is written', async () => {
    const [from, to] = [await house(engines[0]!), await house(engine)];
    await furnish(from.store);
    await from.store.repository(lamps).update({ roomId: 2, id: 'a' }, { level: -3, on: false, at: 1.7e15 });
    const archive = await from.backup(only);
    await furnish(to.store);
    await live(to.store);
    await to.restore(archive, { policy: 'overwrite', preserveExisting: false });
    expect(Object.entries(await to.read()).map(([name, rows]) => [name, rows.map(withoutGauges)])).toEqual(
      Object.entries(await from.read()).map(([name, rows]) => [name, rows.map(withoutGauges)]),
    );
    if (to.store.engine.capabilities.nulInText) return;
    await from.store.repository(marks).update({ id: 1 }, { word: 'a\0b' });
    const lossy = await from.backup(only);
    const living = await to.read();
    await expect(to.restore(lossy, { policy: 'overwrite' })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      hint: expect.stringContaining('--lossy nearest'),
    });
    expect(await to.read()).toEqual(living);
    const near = await to.restore(lossy, { policy: 'overwrite', lossy: 'nearest' });
    expect(near.counted).toContainEqual(expect.objectContaining({ table: 'marks', updated: 1, lossy: 1 }));
    // What is near by now is what the archive gives again.
    expect((await to.restore(lossy, { policy: 'overwrite', lossy: 'nearest' })).written).toEqual([]);
  });

  test('an archive of an older schema: new columns keep what they have, others are refused by name', async () => {
    const open = async (of: Domain, url: string): Promise<Store> =>
      (await engine.open({ url, domains: [of] })) as unknown as Store;
    const columns = { id: int(), word: text(20).nullable() };
    const [notes, before] = [table('notes', columns, { key: ['id'] }), await engine.url()];
    const older = await open(domainOf(notes), before);
    await older.repository(notes).insertMany([1, 2].map((id) => ({ id, word: `w${id}` })));
    const path = join(scratchFolder(), 'one.sma');
    await createBackup(older, { path });
    const source = await openFileSource(path);
    onTestFinished(() => source.close());
    const archive = await ArchiveReader.open(source, { keys: [] });

    const wide = table(
      'notes',
      { ...columns, size: int().default(7), hue: text(9).nullable() },
      { key: ['id'] },
    );
    const migrations = [...domainOf(notes).migrations, { id: '0002-wider', steps: [addColumns] }];
    const url = await engine.url();
    await (await open(domainOf(notes), url)).close();
    const newer: Domain = { ...domainOf(wide), migrations };
    const store = (await engine.open({ url, domains: [newer] })) as unknown as Store;
    await store.repository(wide).insert({ id: 1, word: 'other', size: 1, hue: 'red' });
    await restoreInto(store, archive, { only: ['notes'], policy: 'overwrite' }, false, scratchFolder());
    expect((await store.repository(wide).list({})).items).toEqual([
      { id: 1, word: 'w1', size: 1, hue: 'red' },
      { id: 2, word: 'w2', size: 7, hue: null },
    ]);
    // Where nothing says how the one becomes the other.
    const other = table('notes', { id: int(), word: int().nullable() }, { key: ['id'] });
    const changed = await open(
      { ...domainOf(other), migrations: domainOf(notes).migrations },
      await engine.url(),
    );
    await expect(
      restoreInto(changed, archive, { only: ['notes'] }, true, scratchFolder()),
    ).rejects.toMatchObject({ code: 'RESTORE_SCHEMA', message: expect.stringContaining('word was text') });
  });

  test('an archive from before migrations that changed records: migrated first, then restored as any other', async () => {
    const open = async (of: Domain, url: string): Promise<Store> =>
      (await engine.open({
        ...{ url, domains: [of], keyFile: join(scratchFolder(), 'secret.key') },
      })) as unknown as Store;
    const old = table(
      'notes',
      { id: int(), word: text(20), size: text(9), code: text().nullable().secret() },
      { key: ['id'] },
    );
    const older = await open(domainOf(old), await engine.url());
    const keys = [await createKeyFile(join(scratchFolder(), 'archive.key'))];
    await older
      .repository(old)
      .insertMany([1, 2, 3].map((id) => ({ id, word: `Word ${id}`, size: String(id * 10), code: `c${id}` })));
    const path = join(scratchFolder(), 'one.sma');
    await createBackup(older, { path, keys });
    const source = await openFileSource(path);
    onTestFinished(() => source.close());
    const archive = await ArchiveReader.open(source, { keys });

    const labels = table(
      'notes',
      { id: int(), word: text(20), bytes: int().default(0), code: text().nullable().secret() },
      { key: ['id'] },
    );
    const newer: Domain = {
      ...domainOf(labels),
      migrations: [...domainOf(old).migrations, { id: '0002-numbers', steps: [changeRows] }],
    };
    const store = await open(newer, await engine.url());
    const records = async () =>
      (await store.repository(labels).list({})).items.map((row) => ({
        ...row,
        code: (row.code as never as { reveal(): string } | null)?.reveal() ?? null,
      }));
    await store.repository(labels).insertMany([
      { id: 1, word: 'word 1', bytes: 10, code: 'c1' },
      { id: 2, word: 'mine', bytes: 20, code: null },
      { id: 9, word: 'new', bytes: 9, code: null },
    ]);
    const left = () =>
      readdirSync(tmpdir()).filter(
        (name) => name.startsWith('holdfast-migrated') && name.includes(`~${process.pid}~`),
      );
    const before = left();
    const options = { only: ['notes'], policy: 'overwrite', preserveExisting: false } as const;
    const dry = await restoreInto(store, archive, options, true, scratchFolder());
    expect((await records()).map(({ word }) => word)).toEqual(['word 1', 'mine', 'new']);
    const real = await restoreInto(store, archive, options, false, scratchFolder());
    expect({ ...real, plan: null }).toEqual({ ...dry, plan: null });
    expect(real.counted).toMatchObject([
      { table: 'notes', inserted: 1, updated: 1, deleted: 1, conflicts: 1, unchanged: 1 },
    ]);
    expect(await records()).toEqual(
      [1, 2, 3].map((id) => ({ id, word: `word ${id}`, bytes: id * 10, code: `c${id}` })),
    );
    expect(left()).toEqual(before);
  });

  test('whatever has happened: overwrite brings back the state, skip changes no record, and the count is exact', {
    timeout: 120_000,
  }, async () => {
    const runs = Number(process.env['HOLDFAST_RESTORES'] ?? 6);
    const id = fc.integer({ min: 1, max: 6 });
    const change = fc.oneof(
      fc.record({ do: fc.constant('room' as const), id, name: fc.string({ maxLength: 6 }) }),
      fc.record({
        do: fc.constant('lamp' as const),
        id,
        label: fc.option(fc.string({ maxLength: 6 })),
        level: fc.integer(),
      }),
      fc.record({ do: fc.constant('drop' as const), id }),
    );
    type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;
    const { store, read, backup, restore } = await house(engine);
    const act = async (changes: readonly Change[]): Promise<void> => {
      for (const each of changes) {
        const room = store.repository(rooms);
        if (each.do === 'drop') await room.delete({ id: each.id });
        else {
          const name = `${each.id}${each.do === 'room' ? each.name.replaceAll('\0', '') : ''}`;
          if (each.do === 'room' || (await room.get({ id: each.id })) === undefined)
            await room.upsert({ id: each.id, name });
          if (each.do === 'lamp')
            await store.repository(lamps).upsert({
              roomId: each.id,
              id: 'p',
              label: each.label?.replaceAll('\0', '') ?? null,
              level: each.level,
            });
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 8 }),
        fc.array(change, { maxLength: 8 }),
        async (one, two) => {
          await act(one);
          const then = await read();
          const archive = await backup(['test']);
          await act(two);
          const living = await read();
          const dry = await restore(archive, { policy: 'overwrite', preserveExisting: false }, true);
          expect(await read()).toEqual(living);
          const skip = await restore(archive, { policy: 'skip' });
          const after = await read();
          for (const { name } of tables) expect(after[name]).toEqual(expect.arrayContaining(living[name]!));
          expect(skip.counted.reduce((sum, { updated, deleted }) => sum + updated + deleted, 0)).toBe(0);
          const all = await restore(archive, { policy: 'overwrite', preserveExisting: false });
          const state = await read();
          for (const { name } of tables)
            expect(state[name]!.map(withoutGauges)).toEqual(then[name]!.map(withoutGauges));
          expect(all.digest).toBe(dry.digest);
        },
      ),
      { numRuns: runs, endOnFailure: true },
    );
  });
});

/** Gauges of a record that is there are of now, whatever an archive says. */
const withoutGauges = (row: unknown): unknown => ({ ...(row as object), heat: null, metricsAt: null });

/** As a migration that somebody has written adds them. */
const wider = (quote: string, number: string, word: string): string[] => [
  `ALTER TABLE notes ADD COLUMN ${quote}size${quote} ${number} NOT NULL DEFAULT 7`,
  `ALTER TABLE notes ADD COLUMN ${quote}hue${quote} ${word}`,
];
const addColumns = {
  sql: {
    sqlite: wider('"', 'INTEGER', 'TEXT'),
    postgres: wider('"', 'bigint', 'varchar(9)'),
    mysql: wider('`', 'bigint', 'varchar(9)'),
  },
};

/** Sizes that were text become numbers by another name, words small. */
const resize = (quote: string, int: string, cast: string): string[] => {
  const q = (name: string): string => `${quote}${name}${quote}`;
  return [
    `ALTER TABLE ${q('notes')} ADD COLUMN ${q('bytes')} ${int} NOT NULL DEFAULT 0`,
    `UPDATE ${q('notes')} SET ${q('bytes')} = CAST(${q('size')} AS ${cast}), ${q('word')} = lower(${q('word')})`,
    `ALTER TABLE ${q('notes')} DROP COLUMN ${q('size')}`,
  ];
};
const changeRows = {
  sql: {
    sqlite: resize('"', 'INTEGER', 'INTEGER'),
    postgres: resize('"', 'bigint', 'bigint'),
    mysql: resize('`', 'bigint', 'SIGNED'),
  },
};
