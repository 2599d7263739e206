// What capture costs: the same writes to a table that keeps no history, one that keeps keys, and one that keeps
// versions, through the sessions of one store.

import type { Transaction } from '@holdfast/core';
import type { Case, Settings } from '../harness/area.ts';
import type { BenchEngine } from '../harness/engines.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { requireSame } from '../harness/same.ts';
import { type BenchStore, capturedTables, type GuestTable, makeGuests, openGuests } from './guests.ts';

const kinds = ['insert', 'update', 'delete'] as const;
type Kind = (typeof kinds)[number];

/** Milliseconds of wall clock and of this process's CPU for each kind of write. */
type Costs = Record<Kind, { wall: number; cpu: number }>;

const batchOf = (engine: BenchEngine): number => (engine.name === 'sqlite' ? 100 : 1_000);

/** Each batch is one statement in a durable transaction of its own. */
async function writeBatches(
  store: BenchStore,
  table: GuestTable,
  rows: number,
  batch: number,
): Promise<Costs> {
  const { syntax } = store.engine;
  const name = syntax.quote(table.name);
  const given = makeGuests(rows);
  const range = (from: number): string =>
    `source = 'lab' AND vmid >= ${100 + from} AND vmid < ${100 + from + batch}`;
  const work: Record<Kind, (transaction: Transaction, from: number) => Promise<unknown>> = {
    insert: (transaction, from) => transaction.repository(table).insertMany(given.slice(from, from + batch)),
    update: ({ session }, from) =>
      session.run(
        { sql: `UPDATE ${name} SET memory_bytes = memory_bytes + 1, node = 'node-9' WHERE ${range(from)}` },
        [],
      ),
    delete: ({ session }, from) => session.run({ sql: `DELETE FROM ${name} WHERE ${range(from)}` }, []),
  };
  const costs = {} as Costs;
  for (const kind of kinds) {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    for (let from = 0; from < rows; from += batch)
      await store.transaction((transaction) => work[kind](transaction, from));
    const wall = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    costs[kind] = { wall, cpu: (user + system) / 1000 };
  }
  return costs;
}

/** Every change is there, once, in each level. */
async function requireCaptured(store: BenchStore, rows: number): Promise<void> {
  const [, ...tracked] = capturedTables;
  for (const {
    table: { name },
  } of tracked) {
    const sql = `SELECT journal_op, count(*), count(DISTINCT vmid) FROM ${store.engine.syntax.quote(`${name}_history`)} GROUP BY journal_op ORDER BY journal_op`;
    const found = await store.engine.read((session) => session.all({ sql }, []));
    requireSame(`changes of ${name}`, {
      captured: found.map((row) => row.map(Number)),
      made: [1, 2, 3].map((op) => [op, rows, rows]),
    });
  }
}

async function empty({ empty: remove }: BenchEngine, store: BenchStore): Promise<void> {
  const [, ...tracked] = capturedTables;
  for (const name of [...tracked.map(({ table }) => `${table.name}_history`), 'holdfast_journal'])
    await remove(store, name);
}

/** Least of (time without) / (time with) that is asked for. */
const asked: Readonly<Record<string, Partial<Record<string, Record<Kind, number>>>>> = {
  sqlite: { keys: all(1 / 1.45), versions: all(1 / 2.3) },
  postgres: Object.fromEntries(
    ['keys', 'versions'].map((level) => [level, { insert: 1 / 1.25, update: 1 / 1.25, delete: 1 / 4 }]),
  ),
  mysql: { keys: all(1 / 2), versions: all(1 / 2) },
};
function all(ratio: number): Record<Kind, number> {
  return { insert: ratio, update: ratio, delete: ratio };
}

async function batched(engine: BenchEngine, { size = 20_000, runs }: Settings): Promise<Line[]> {
  const url = await engine.make('capture');
  const batch = batchOf(engine);
  const rows = Math.ceil(size / batch) * batch;
  const lines: Line[] = [];
  {
    await using store = await openGuests(url);
    const costs = capturedTables.map((): Costs[] => []);
    let round = 0;
    await interleave(
      capturedTables.map(({ table }, index) => ({
        run: async () => {
          const cost = await writeBatches(store, table, rows, batch);
          if (index === 0) round++;
          if (round > 1) costs[index]!.push(cost);
          return 0;
        },
        after: async () => {
          if (index < capturedTables.length - 1) return;
          await requireCaptured(store, rows);
          await empty(engine, store);
        },
      })),
      runs,
      1,
    );
    const micros = (index: number, kind: Kind, of: 'wall' | 'cpu'): number =>
      (middle(costs[index]!.map((cost) => cost[kind][of])) / rows) * 1000;
    for (const [index, { level }] of capturedTables.entries()) {
      if (level === undefined) continue;
      for (const kind of kinds) {
        const line = {
          case: `capture: ${kind}, ${batch} rows a statement and commit, ${level}`,
          unit: 'µs/row',
          lessIsBetter: true,
        };
        const target = asked[engine.name]?.[level]?.[kind];
        lines.push(
          makeLine('history', engine.name, {
            ...line,
            against: 'no history',
            ours: micros(index, kind, 'wall'),
            reference: micros(0, kind, 'wall'),
            ...(target === undefined ? {} : { target }),
          }),
        );
        if (engine.name === 'sqlite')
          lines.push(
            makeLine('history', engine.name, {
              ...line,
              against: 'no history, processor time',
              ours: micros(index, kind, 'cpu'),
              reference: micros(0, kind, 'cpu'),
            }),
          );
      }
    }
  }
  await engine.remove(url);
  return lines;
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A write for each commit. */
async function single(engine: BenchEngine, { runs }: Settings): Promise<Line[]> {
  const times = 300;
  const url = await engine.make('capture-single');
  const lines: Line[] = [];
  {
    await using store = await openGuests(url);
    for (const { table } of capturedTables) await store.repository(table).insertMany(makeGuests(times));
    let version = 0;
    const millis = await interleave(
      capturedTables.map(({ table }) => ({
        run: async () => {
          version++;
          for (let vmid = 100; vmid < 100 + times; vmid++)
            await store.repository(table).update({ source: 'lab', vmid }, { memoryBytes: version });
        },
      })),
      runs,
    );
    const micros = millis.map((each) => (each / times) * 1000);
    for (const [index, { level }] of capturedTables.entries()) {
      if (level === undefined) continue;
      const what = `capture: one update and durable commit, ${level}`;
      lines.push(
        makeLine('history', engine.name, {
          case: what,
          against: 'no history',
          ours: micros[index]!,
          reference: micros[0]!,
          unit: 'µs',
          lessIsBetter: true,
        }),
        makeLine('history', engine.name, {
          case: `${what}, what it adds`,
          against: 'target of 25 µs',
          // Nothing at all would have no ratio.
          ours: Math.max(0.1, micros[index]! - micros[0]!),
          reference: 25,
          unit: 'µs',
          lessIsBetter: true,
          ...(engine.name === 'sqlite' ? { target: 1 } : {}),
        }),
      );
    }
  }
  await engine.remove(url);
  return lines;
}

export const captureCases = (engine: BenchEngine): readonly Case[] => [
  { name: `${engine.name}: capture, batches`, run: (settings) => batched(engine, settings) },
  { name: `${engine.name}: capture, single`, run: (settings) => single(engine, settings) },
];
