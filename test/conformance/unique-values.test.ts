// Records that have got each other's unique values: brought back by a restore, and by undoing that, on every engine.
// HOLDFAST_RESTORES sets how many stores are made up (default 4).

import { join } from 'node:path';
import { int, type Store, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  contentsOf,
  createBackup,
  openFileSource,
  prepareLivingRestore,
} from '@holdfast/core/archive';
import { undoDraft, undoKind } from '@holdfast/core/history';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const seats = table(
  'seats',
  { id: int(), name: text(12).unique(), badge: int().nullable().unique(), row: int(), place: int() },
  { key: ['id'], history: 'versions', indexes: [{ columns: ['row', 'place'], unique: true }] },
);
const domain = { ...domainOf(seats), resources: [{ name: 'test.seat', table: seats, summary: ['name'] }] };
const actor = { name: 'ann', via: 'cli' };

interface Seat {
  id: number;
  name: string;
  badge: number | null;
  row: number;
  place: number;
}
const seat = (id: number): Seat => ({
  id,
  name: `n${id}`,
  badge: id % 3 === 0 ? null : id * 10,
  row: Math.floor(id / 4),
  place: id % 4,
});

const open = async (engine: TestEngine): Promise<Store> =>
  (await engine.open({
    ...{ url: await engine.url(), domains: [domain], keyFile: join(scratchFolder(), 'secret.key') },
  })) as unknown as Store;

const read = async (store: Store): Promise<Seat[]> =>
  (await store.repository(seats).list({ limit: 10_000 })).items as Seat[];

/** All at once: what others have is free by then. */
async function arrange(store: Store, all: readonly Seat[]): Promise<void> {
  await store.repository(seats).deleteMany({});
  if (all.length > 0) await store.repository(seats).insertMany(all.map((each) => ({ ...each })));
}

async function archived(store: Store): Promise<ArchiveReader> {
  const path = join(scratchFolder(), 'one.sma');
  await createBackup(store, { path });
  const source = await openFileSource(path);
  onTestFinished(() => source.close());
  return ArchiveReader.open(source);
}

async function restore(store: Store, archive: ArchiveReader, dryRun: boolean, preserveExisting = true) {
  const contents = await contentsOf([archive], store.domains);
  const living = await prepareLivingRestore(store, contents, {
    ...{ only: ['test'], policy: 'overwrite', preserveExisting },
  });
  const plan = makePlan(living.draft);
  const { effects } = await applyPlan({
    ...{ store, kind: living.kind, plan, actor, intents: scratchFolder(), dryRun },
    consent: giveConsent(plan, { by: 'ann', via: 'cli' }),
  });
  return { effects, tables: living.tables, digest: living.digest() };
}

/** Numbers of `journal_op` since an instant, by record. */
async function changesSince(store: Store, seq: number): Promise<Map<number, number[]>> {
  const sql = `SELECT id, journal_op FROM seats_history WHERE journal_seq > ${seq} ORDER BY journal_seq`;
  const rows = await store.engine.read((session) => session.all({ sql }, []));
  const changes = new Map<number, number[]>();
  for (const [id, op] of rows) changes.set(Number(id), [...(changes.get(Number(id)) ?? []), Number(op)]);
  return changes;
}
const lastSeq = async (store: Store): Promise<number> =>
  Number(
    (await store.engine.read((session) =>
      session.get({ sql: 'SELECT coalesce(max(journal_seq), 0) FROM seats_history' }, []),
    ))![0],
  );

const runs = Number(process.env['HOLDFAST_RESTORES'] ?? 4);

describe.each(engines)('$name', (engine) => {
  test('whatever has changed places ends as the archive has it; undone, as it was', {
    timeout: 240_000,
  }, async () => {
    const store = await open(engine);
    const shuffles = fc.uniqueArray(fc.nat(39), { minLength: 0, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        shuffles,
        fc.shuffledSubarray([...Array(40).keys()], { minLength: 40 }),
        fc.shuffledSubarray([...Array(40).keys()], { minLength: 40 }),
        fc.uniqueArray(fc.nat(39), { maxLength: 6 }),
        fc.boolean(),
        async (kept, names, places, others, preserve) => {
          const before = kept.map(seat);
          await arrange(store, before);
          const archive = await archived(store);
          // Other names, badges and places for the same ids; some are gone, some are new.
          const now = [...new Set([...kept.filter((id) => id % 7 !== 0), ...others])].map((id) => ({
            ...{ id: others.includes(id) && !preserve ? id + 100 : id },
            ...{ name: seat(names[id]!).name, badge: seat(names[id]!).badge },
            ...{ row: seat(places[id]!).row, place: seat(places[id]!).place },
          }));
          const living = preserve ? now.filter(({ id }) => kept.includes(id)) : now;
          await arrange(store, living);
          const dry = await restore(store, archive, true, preserve);
          expect(await read(store)).toEqual(living.toSorted((a, b) => a.id - b.id));
          const seq = await lastSeq(store);
          const request = `restore-${seq}`;
          const done = await store.as({ request, via: 'restore' }, () =>
            restore(store, archive, false, preserve),
          );
          expect(done).toEqual(dry);
          expect(await read(store)).toEqual(before.toSorted((a, b) => a.id - b.id));
          // Who was there and is there was changed, and never deleted and made again.
          const there = new Set(living.map(({ id }) => id));
          for (const [id, ops] of await changesSince(store, seq))
            if (there.has(id) && kept.includes(id)) expect(ops.every((op) => op === 2)).toBe(true);
          if (!preserve || (await lastSeq(store)) === seq) return;
          const target = { request };
          const plan = makePlan(await undoDraft(store, domain.resources, target));
          await applyPlan({
            ...{ store, kind: undoKind(domain.resources), plan, actor, intents: scratchFolder() },
            consent: giveConsent(plan, { by: 'ann', via: 'cli' }),
          });
          expect(await read(store)).toEqual(living.toSorted((a, b) => a.id - b.id));
        },
      ),
      { numRuns: runs },
    );
  });

  test('more than one batch changes places; two that exchange theirs cost one change more', async () => {
    const store = await open(engine);
    const all = Array.from({ length: 5_000 }, (_, id) => seat(id));
    await arrange(store, all);
    const archive = await archived(store);
    await arrange(
      store,
      all.map((each) => ({ ...seat((each.id + 2_501) % 5_000), id: each.id })),
    );
    await restore(store, archive, false);
    expect(await read(store)).toEqual(all);

    await arrange(store, [seat(1), seat(2)]);
    const pair = await archived(store);
    await arrange(store, [
      { ...seat(2), id: 1 },
      { ...seat(1), id: 2 },
    ]);
    const seq = await lastSeq(store);
    await restore(store, pair, false);
    const changes = [...(await changesSince(store, seq)).values()].map((ops) => ops.join());
    expect(changes.toSorted()).toEqual(['2', '2,2']);

    // One that waits for two that wait for each other.
    const three = [seat(0), seat(1), seat(2)];
    await arrange(store, three);
    const waiting = await archived(store);
    await arrange(store, [
      { ...seat(0), name: 'free' },
      { ...seat(1), name: 'n0', badge: 20 },
      { ...seat(2), badge: 10 },
    ]);
    await restore(store, waiting, false);
    expect(await read(store)).toEqual(three);
  });
});
