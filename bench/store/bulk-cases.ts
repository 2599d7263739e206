// Upserting many rows at once, into an empty table and over existing rows.

import type { Case, Settings } from '../harness/area.ts';
import type { Line } from '../harness/line.ts';
import { Digest, digestOf, requireSame } from '../harness/same.ts';
import { compareFresh, openSides } from './compare.ts';
import { idOf, makeRows } from './rows.ts';
import { type Event, events, makeTemplate, openBench } from './table.ts';

/** Rows with smaller keys, written beforehand. */
const warmUpRows = 5_000;

async function bulk(settings: Settings, what: string, stored: 'none' | 'all'): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const name = `bulk upsert of ${size} rows, ${what}`;
  const template = await makeTemplate('bulk.db', stored === 'none' ? [] : makeRows(size));
  const rows = makeRows(size, 1);
  const others = makeRows(warmUpRows).map((row) => ({ ...row, id: row.id - idOf(0) }));
  await checkSame(name, template, rows);
  return compareFresh(
    template,
    {
      case: name,
      count: size,
      unit: 'rows/s',
      run: (side) => side.upsertMany(rows),
      targets: { handWritten: 0.95, peer: 2 },
    },
    (side) => side.upsertMany(others),
    settings,
  );
}

/** Every side stores what it was given: read back whole, by one reader. */
async function checkSame(name: string, template: string, rows: readonly Event[]): Promise<void> {
  const digests: Record<string, string> = { given: digestOf(rows) };
  await using opened = await openSides(template);
  for (const { side, path } of opened.sides) {
    await side.upsertMany(rows);
    digests[side.name] = await digestOfFile(path);
  }
  requireSame(name, digests);
}

async function digestOfFile(path: string): Promise<string> {
  await using store = await openBench(path);
  const digest = new Digest();
  for await (const rows of store.repository(events).stream({ orderBy: [['id']] }))
    for (const row of rows) digest.add(row);
  return digest.toString();
}

export const bulkCases: readonly Case[] = [
  { name: 'bulk upsert into an empty table', run: (settings) => bulk(settings, 'empty table', 'none') },
  { name: 'bulk upsert of existing rows', run: (settings) => bulk(settings, 'all exist', 'all') },
];
