// Upserting many rows at once, into an empty table and over existing rows.

import type { Case, Settings } from '../harness/area.ts';
import type { Line } from '../harness/line.ts';
import { Digest, digestOf, requireSame } from '../harness/same.ts';
import { compareFresh, openSides } from './compare.ts';
import type { BenchEngine } from './engine.ts';
import { idOf, makeRows } from './rows.ts';
import { type Event, events, openBench } from './table.ts';

/** Rows with smaller keys, written beforehand. */
const warmUpRows = 5_000;

async function bulk(
  engine: BenchEngine,
  settings: Settings,
  what: string,
  stored: 'none' | 'all',
): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const name = `bulk upsert of ${size} rows, ${what}`;
  const template = await engine.makeTemplate('bulk', stored === 'none' ? [] : makeRows(size));
  const rows = makeRows(size, 1);
  const others = makeRows(warmUpRows).map((row) => ({ ...row, id: row.id - idOf(0) }));
  await checkSame(engine, name, template, rows);
  return compareFresh(
    engine,
    template,
    {
      case: name,
      count: size,
      unit: 'rows/s',
      run: (side) => side.upsertMany(rows),
      targets: stored === 'none' ? engine.targets.bulkEmpty : engine.targets.bulkExisting,
    },
    (side) => side.upsertMany(others),
    settings,
  );
}

/** Every side stores what it was given: read back whole, by one reader. */
async function checkSame(
  engine: BenchEngine,
  name: string,
  template: string,
  rows: readonly Event[],
): Promise<void> {
  const digests: Record<string, string> = { given: digestOf(rows) };
  await using opened = await openSides(engine, template);
  for (const { side, url } of opened.sides) {
    await side.upsertMany(rows);
    digests[side.name] = await digestOfStore(url);
  }
  requireSame(name, digests);
}

async function digestOfStore(url: string): Promise<string> {
  await using store = await openBench(url);
  const digest = new Digest();
  for await (const rows of store.repository(events).stream({ orderBy: [['id']] }))
    for (const row of rows) digest.add(row);
  return digest.toString();
}

export const bulkCases = (engine: BenchEngine): readonly Case[] => [
  {
    name: `${engine.name}: bulk upsert into an empty table`,
    run: (settings) => bulk(engine, settings, 'empty table', 'none'),
  },
  {
    name: `${engine.name}: bulk upsert of existing rows`,
    run: (settings) => bulk(engine, settings, 'all exist', 'all'),
  },
];
