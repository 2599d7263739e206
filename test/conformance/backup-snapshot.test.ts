// Snapshots: one state of all tables beside writers, exact values, and what changed between two of them.

import { setTimeout as wait } from 'node:timers/promises';
import { bigint, int, isHoldfastError, json, table, text } from '@holdfast/core';
import { TableDigest } from '@holdfast/core/archive';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../packages/core/src/engine/snapshot.ts';
import { readRaw } from '../../packages/core/src/engine/test-raw-rows.ts';
import type { StoredValue } from '../../packages/core/src/schema/codec.ts';
import { historySpec, physicalSpecs, type TableSpec } from '../../packages/core/src/schema/spec.ts';
import { engines } from '../engines.ts';
import { exactRows, hostileRows, kinds, sortRows } from './backup-tables.ts';
import { domainOf } from './domain.ts';

const notes = table(
  'notes',
  { id: int(), part: text(20), size: bigint().nullable(), extra: json().nullable() },
  { key: ['id', 'part'], history: 'versions' },
);
const marks = table('marks', { id: int(), note: text() }, { key: ['id'], history: 'keys' });
const domain = domainOf(notes, marks, kinds);
const specs = domain.tables.map(({ spec }) => spec);

const collect = async <T>(chunks: AsyncIterable<readonly T[] | T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const chunk of chunks)
    all.push(...(Array.isArray(chunk) ? (chunk as readonly T[]) : [chunk as T]));
  return all;
};
const asText = (row: readonly StoredValue[]): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
const stateOf = async (snapshot: Snapshot, spec: TableSpec): Promise<Map<string, string>> => {
  const state = new Map<string, string>();
  for (const row of await collect(snapshot.rows(spec)))
    state.set(
      asText(spec.key.map((name) => row[spec.columns.findIndex((c) => c.name === name)]!)),
      asText(row),
    );
  return state;
};
const apply = async (
  state: ReadonlyMap<string, string>,
  snapshot: Snapshot,
  spec: TableSpec,
  since: string,
): Promise<Map<string, string>> => {
  const next = new Map(state);
  const keys = await collect(snapshot.changedKeys(spec, since));
  expect(new Set(keys.map(({ key }) => asText(key))).size).toBe(keys.length);
  for (const { key, present } of keys) if (!present) next.delete(asText(key));
  const there = keys.filter(({ present }) => present).map(({ key }) => key);
  const rows = await collect(snapshot.rowsByKeys(spec, there));
  expect(rows).toHaveLength(there.length);
  for (const row of rows)
    next.set(
      asText(spec.key.map((name) => row[spec.columns.findIndex((c) => c.name === name)]!)),
      asText(row),
    );
  return next;
};

describe.each(engines)('$name', (engine) => {
  const opened = async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains: [domain] });
    return { store, take: (position?: string) => store.engine.snapshot(specs, { position }) };
  };

  test('every kind comes exactly, as its declaration says', async () => {
    const { store, take } = await opened();
    await store.repository(kinds).insertMany(hostileRows.map((row) => ({ ...row })));
    const snapshot = await take();
    expect(sortRows(await collect(snapshot.rows(kinds.spec)))).toEqual(sortRows(exactRows()));
    const some = await collect(snapshot.rows(kinds.spec, { columns: ['real', 'id'], chunkRows: 2 }));
    expect(some.toSorted((a, b) => Number(a[1]) - Number(b[1]))).toEqual(
      exactRows().map((row) => [row[4], row[0]]),
    );
    expect(await snapshot.counts([{ spec: kinds.spec }])).toEqual([hostileRows.length]);
    await snapshot.close();
    const again = await store.engine.snapshot(specs, { raw: true });
    const digest = new TableDigest(kinds.spec.columns);
    digest.add(exactRows());
    for (const rows of [2, 8_000]) {
      const raw = await readRaw(again, kinds.spec, { rows, bytes: 1 << 20 });
      expect(sortRows(raw!.rows)).toEqual(sortRows(exactRows()));
      expect(raw!.digest).toBe(digest.digest);
    }
    await again.close();
  });

  test('ranges of keys take the table apart, in any number of parts', async () => {
    const { store, take } = await opened();
    const all = Array.from({ length: 700 }, (_, at) => ({ id: at >> 2, part: `p${at % 4}` }));
    await store.repository(notes).insertMany(all);
    const snapshot = await take();
    const whole = sortRows(await collect(snapshot.rows(notes.spec)));
    expect(whole).toHaveLength(700);
    const bounds = [
      [20, 'p1'],
      [20, 'p2'],
      [99, 'zzz'],
      [174, 'p3'],
    ] as const;
    const parts: (readonly StoredValue[])[] = [];
    let after: readonly StoredValue[] | undefined;
    for (const upTo of bounds) {
      const range = { upTo, ...(after === undefined ? {} : { after }) };
      const rows = await collect(snapshot.rows(notes.spec, { range, chunkRows: 33 }));
      expect(rows).toEqual(sortRows(rows));
      parts.push(...rows);
      after = upTo;
    }
    expect(parts).toEqual(whole);
    expect(await collect(snapshot.rows(notes.spec, { range: { after: after! } }))).toEqual([]);
    await snapshot.close();
  });

  test('what is written later is not in it, and does not wait for it', async () => {
    const { store, take } = await opened();
    await store.repository(notes).insertMany([
      { id: 1, part: 'a' },
      { id: 2, part: 'a' },
    ]);
    const before = await take();
    await store.repository(notes).update({ id: 1, part: 'a' }, { size: 5n });
    await store.repository(notes).delete({ id: 2, part: 'a' });
    await store.repository(notes).insert({ id: 3, part: 'a' });
    expect((await collect(before.rows(notes.spec))).map(([id]) => id).sort()).toEqual([1, 2]);
    await before.keepPosition();
    const after = await take(before.position);
    expect(after.at).toBeGreaterThanOrEqual(before.at);
    const keys = await collect(after.changedKeys(notes.spec, before.position));
    expect(keys.toSorted((a, b) => Number(a.key[0]) - Number(b.key[0]))).toEqual([
      { key: [1, 'a'], present: true },
      { key: [2, 'a'], present: false },
      { key: [3, 'a'], present: true },
    ]);
    expect(await collect(after.changedKeys(notes.spec, after.position))).toEqual([]);
    const added = await collect(after.rows(physicalSpecs(notes.spec)[1]!, { since: before.position }));
    expect(added).toHaveLength(3);
    await before.close();
    await after.close();
    await after.close();
    // The reader of changes goes on from a snapshot, and a snapshot from him.
    const reading = await store.engine.changes(specs, before.position);
    const read = (await collect(reading.chunks)).flatMap(({ rows }) => rows.map((row) => Number(row[4])));
    await reading.close();
    expect(read).toEqual([1, 2, 3]);
    await store.repository(notes).insert({ id: 4, part: 'a' });
    const later = await take(reading.position);
    expect(await collect(later.changedKeys(notes.spec, reading.position))).toEqual([
      { key: [4, 'a'], present: true },
    ]);
    await later.close();
  });

  test('what others have read meanwhile stays before the position, however late that is kept', async () => {
    const { store, take } = await opened();
    const insert = (id: number) => store.repository(notes).insert({ id, part: 'a' });
    const idsAfter = async (position: string): Promise<number[]> => {
      const snapshot = await take(position);
      const changed = await collect(snapshot.changedKeys(notes.spec, position));
      const counted = await snapshot.counts([
        { spec: notes.spec, changedSince: position },
        { spec: notes.spec, changedSince: position, most: 1, roughly: true },
        { spec: historySpec(notes.spec)!, since: position },
      ]);
      const { length } = changed;
      expect(counted).toEqual([length, Math.min(length, 1), length]);
      await snapshot.keepPosition();
      await snapshot.close();
      return changed.map(({ key }) => Number(key[0])).toSorted();
    };
    await insert(1);
    const early = await take();
    await insert(2);
    const late = await take();
    const reading = await store.engine.changes(specs);
    for await (const _ of reading.chunks);
    await insert(3);
    await late.keepPosition();
    await early.keepPosition();
    await early.close();
    await late.close();
    expect(await idsAfter(early.position)).toEqual([2, 3]);
    expect(await idsAfter(late.position)).toEqual([3]);
    expect(await idsAfter(reading.position)).toEqual([3]);
    expect(await idsAfter(early.position)).toEqual([2, 3]);
  });

  test('who leaves in the middle finds the snapshot as it was', async () => {
    const { store, take } = await opened();
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, note: `note ${id} ${'x'.repeat(200)}` }));
    await store.repository(marks).insertMany(rows);
    const snapshot = await take();
    await store.repository(marks).deleteMany({ id: { lt: 10_000 } });
    for await (const chunk of snapshot.rows(marks.spec, { chunkRows: 100 })) {
      expect(chunk).toHaveLength(100);
      const second = snapshot.counts([{ spec: marks.spec }]);
      await expect(second).rejects.toThrow('one reading at a time');
      break;
    }
    expect(await snapshot.counts([{ spec: marks.spec }])).toEqual([20_000]);
    expect(await collect(snapshot.rows(marks.spec))).toHaveLength(20_000);
    await snapshot.close();
    expect(await store.repository(marks).count()).toBe(10_000);
  });

  test('a signal ends it', async () => {
    const { store } = await opened();
    await store.repository(marks).insertMany(Array.from({ length: 5_000 }, (_, id) => ({ id, note: 'n' })));
    const controller = new AbortController();
    const snapshot = await store.engine.snapshot(specs, { signal: controller.signal });
    const reading = (async () => {
      for await (const _ of snapshot.rows(marks.spec, { chunkRows: 50 })) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(snapshot.counts([{ spec: marks.spec }])).rejects.toMatchObject({ code: 'CANCELLED' });
    await snapshot.close();
    expect(await store.repository(marks).count()).toBe(5_000);
  });

  test('a store that is closed meanwhile ends it with a named error', async () => {
    const { store, take } = await opened();
    await store
      .repository(marks)
      .insertMany(Array.from({ length: 20_000 }, (_, id) => ({ id, note: 'n'.repeat(300) })));
    const snapshot = await take();
    let refused: unknown;
    try {
      for await (const _ of snapshot.rows(marks.spec, { chunkRows: 100 })) await store.close();
    } catch (error) {
      refused = error;
    }
    expect(isHoldfastError(refused), String(refused)).toBe(true);
    await snapshot.close();
  });

  test('positions of other databases, and tables without a history, are refused', async () => {
    const { store, take } = await opened();
    await store.repository(notes).insert({ id: 1, part: 'a' });
    for (const position of ['99999999999999999999', 'x', "1'; DROP TABLE notes"])
      await expect(take(position)).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
    const snapshot = await take();
    await expect(collect(snapshot.changedKeys(kinds.spec, snapshot.position))).rejects.toMatchObject({
      code: 'HISTORY_NONE',
    });
    await snapshot.close();
  });

  test('a state and the changes after it make the later state, whoever writes meanwhile', async () => {
    const { store, take } = await opened();
    const ended = new AbortController();
    const random = (below: number): number => Math.floor(Math.random() * below);
    const writer = async (number: number): Promise<number> => {
      let done = 0;
      while (!ended.signal.aborted) {
        const work = store.transaction(async (transaction) => {
          const repository = transaction.repository(notes);
          for (let step = random(3); step >= 0; step--) {
            const key = { id: random(60), part: `w${random(2) === 0 ? number : random(8)}` };
            const what = random(4);
            if (what === 0) await repository.deleteMany(key);
            else await repository.upsert({ ...key, size: BigInt(random(1_000)) });
            if (random(3) === 0) await wait(random(12));
          }
          await transaction.repository(marks).upsert({ id: random(300), note: `${number}` });
          if (random(6) === 0) throw new Error('taken back');
        });
        await work.then(
          () => done++,
          (error: unknown) => {
            const known =
              (error as Error).message === 'taken back' ||
              (isHoldfastError(error) && error.code === 'TRANSACTION_CONFLICT');
            if (!known) throw error;
          },
        );
      }
      return done;
    };
    const writers = Array.from({ length: 8 }, (_, number) => writer(number));
    const tracked = [notes.spec, marks.spec];
    const first = await take();
    const base = new Map<TableSpec, Map<string, string>>();
    for (const spec of tracked) base.set(spec, await stateOf(first, spec));
    await first.keepPosition();
    await first.close();
    let chain = new Map(base);
    let [position, changed] = [first.position, 0];
    for (let round = 0; round < 12; round++) {
      await wait(random(120));
      const snapshot = await take(position);
      for (const spec of tracked) {
        const truth = await stateOf(snapshot, spec);
        const next = await apply(chain.get(spec)!, snapshot, spec, position);
        expect(next).toEqual(truth);
        expect(await apply(base.get(spec)!, snapshot, spec, first.position)).toEqual(truth);
        if (asText([...chain.get(spec)!].flat()) !== asText([...truth].flat())) changed++;
        chain = new Map(chain).set(spec, truth);
      }
      await snapshot.keepPosition();
      position = snapshot.position;
      await snapshot.close();
    }
    ended.abort();
    const done = await Promise.all(writers);
    expect(done.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(50);
    expect(changed).toBeGreaterThan(10);
  });
});
