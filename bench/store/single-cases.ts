// Records one by one: reads by key, and upserts inside a transaction and on their own.

import type { Case, Settings } from '../harness/area.ts';
import type { Line } from '../harness/line.ts';
import { digestOf, requireSame } from '../harness/same.ts';
import { compareOpen, openSides } from './compare.ts';
import { idOf, makeRow, makeRows, scattered } from './rows.ts';
import { type Event, makeTemplate } from './table.ts';

async function reads(settings: Settings): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const ids = scattered(20_000, size).map(idOf);
  const template = await makeTemplate('single.db', makeRows(size));
  await using opened = await openSides(template);
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
    sides,
    {
      case: `read by key, among ${size} rows`,
      count: ids.length,
      unit: 'reads/s',
      run: (side) => side.getEach(ids, visit),
      prepared: (side) => side.getEachPrepared!(ids, visit),
      targets: { handWritten: 0.75, peer: 3 },
    },
    settings,
  );
  if (!(seen > 0)) throw new Error('single reads: nothing was read');
  return lines;
}

async function upserts(settings: Settings, way: 'together' | 'alone'): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const count = way === 'together' ? 10_000 : 300;
  const template = await makeTemplate('single.db', makeRows(size));
  await using opened = await openSides(template);
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
    sides,
    {
      case: `${name}, among ${size} rows`,
      count,
      unit: 'rows/s',
      run: (side) => write(side, next(side)),
      targets: { handWritten: 0.75 },
    },
    settings,
  );
}

export const singleCases: readonly Case[] = [
  { name: 'read by key', run: reads },
  { name: 'upsert in a transaction', run: (settings) => upserts(settings, 'together') },
  { name: 'upsert, each durable', run: (settings) => upserts(settings, 'alone') },
];
