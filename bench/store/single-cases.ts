// Records one by one: reads by key, and upserts inside a transaction and on their own.

import type { Case, Settings } from '../harness/area.ts';
import type { Line } from '../harness/line.ts';
import { digestOf, requireSame } from '../harness/same.ts';
import { compareOpen, openSides } from './compare.ts';
import type { BenchEngine } from './engine.ts';
import { idOf, makeRow, makeRows, scattered } from './rows.ts';
import type { Event } from './table.ts';

async function reads(engine: BenchEngine, settings: Settings): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const ids = scattered(20_000, size).map(idOf);
  const template = await engine.makeTemplate('single', makeRows(size));
  await using opened = await openSides(engine, template);
  const sides = opened.sides.map(({ side }) => side);
  const digests: Record<string, string> = {};
  for (const side of sides) {
    const rows: Event[] = [];
    await side.getEach(ids, (row) => rows.push(row));
    digests[side.name] = digestOf(rows);
    if (side.getEachPrepared === undefined) continue;
    rows.length = 0;
    await side.getEachPrepared(ids, (row) => rows.push(row));
    digests[`${side.name} prepared`] = digestOf(rows);
  }
  requireSame('single reads', digests);
  let seen = 0;
  const visit = (row: Event): void => {
    seen += row.value;
  };
  const lines = await compareOpen(
    engine,
    sides,
    {
      case: `read by key, among ${size} rows`,
      count: ids.length,
      unit: 'reads/s',
      run: (side) => side.getEach(ids, visit),
      prepared: (side) => side.getEachPrepared!(ids, visit),
      targets: engine.targets.read,
    },
    settings,
  );
  if (!(seen > 0)) throw new Error('single reads: nothing was read');
  return lines;
}

async function upserts(engine: BenchEngine, settings: Settings, way: 'together' | 'alone'): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const count = way === 'together' ? 10_000 : 300;
  const template = await engine.makeTemplate('single', makeRows(size));
  await using opened = await openSides(engine, template);
  const sides = opened.sides.map(({ side }) => side);
  const places = scattered(count, size);
  let revision = 1;
  const rowsOf = (round: number): Event[] => places.map((place) => makeRow(place, round));
  const write = (side: (typeof sides)[number], rows: readonly Event[]): Promise<void> | void =>
    way === 'together' ? side.upsertEachTogether(rows) : side.upsertEachAlone(rows);
  const name = way === 'together' ? 'upsert one by one in a transaction' : 'upsert one by one, each durable';
  const digests: Record<string, string> = {};
  for (const side of sides) {
    await write(side, rowsOf(revision));
    const rows: Event[] = [];
    await side.getEach([...places, 0, 1, 2].map(idOf), (row) => rows.push(row));
    digests[side.name] = digestOf(rows);
  }
  requireSame(name, digests);
  // Every round writes other values, the same ones on every side.
  const rounds = new Map<unknown, number>();
  const made = new Map<number, Event[]>();
  const next = (side: unknown): Event[] => {
    revision = (rounds.get(side) ?? 1) + 1;
    rounds.set(side, revision);
    return made.get(revision) ?? made.set(revision, rowsOf(revision)).get(revision)!;
  };
  for (let round = 2; round <= settings.runs + 3; round++) made.set(round, rowsOf(round));
  return await compareOpen(
    engine,
    sides,
    {
      case: `${name}, among ${size} rows`,
      count,
      unit: 'rows/s',
      run: (side) => write(side, next(side)),
      targets: engine.targets.upsert,
    },
    settings,
  );
}

export const singleCases = (engine: BenchEngine): readonly Case[] => [
  { name: `${engine.name}: read by key`, run: (settings) => reads(engine, settings) },
  {
    name: `${engine.name}: upsert in a transaction`,
    run: (settings) => upserts(engine, settings, 'together'),
  },
  { name: `${engine.name}: upsert, each durable`, run: (settings) => upserts(engine, settings, 'alone') },
];
