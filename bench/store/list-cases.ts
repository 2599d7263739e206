// Listing 1,000 records: a page in key order, and a filtered page in the order of an index.

import type { Case, Settings } from '../harness/area.ts';
import type { Line } from '../harness/line.ts';
import { digestOf, requireSame } from '../harness/same.ts';
import { compareOpen, openSides } from './compare.ts';
import type { Contender, EventPage } from './contender.ts';
import type { BenchEngine } from './engine.ts';
import { makeRows } from './rows.ts';

const limit = 1_000;
const pages = 50;

type ReadPage = (side: Contender) => Promise<EventPage> | EventPage;

async function list(engine: BenchEngine, settings: Settings, what: string, read: ReadPage): Promise<Line[]> {
  const size = settings.size ?? 100_000;
  const template = await engine.makeTemplate('list', makeRows(size));
  await using opened = await openSides(engine, template);
  const sides = opened.sides.map(({ side }) => side);
  const digests: Record<string, string> = {};
  for (const side of sides) {
    const { items, more } = await read(side);
    digests[side.name] = `${digestOf(items)} ${more}`;
  }
  requireSame(what, digests);
  return await compareOpen(
    engine,
    sides,
    {
      case: `list ${limit} of ${size} rows, ${what}`,
      count: limit * pages,
      unit: 'rows/s',
      async run(side) {
        for (let page = 0; page < pages; page++) await read(side);
      },
      targets: engine.targets.list,
    },
    settings,
  );
}

export const listCases = (engine: BenchEngine): readonly Case[] => [
  {
    name: `${engine.name}: list by key`,
    run: (settings) => list(engine, settings, 'by key', (side) => side.firstPage(limit)),
  },
  {
    name: `${engine.name}: list filtered and ordered`,
    run: (settings) =>
      list(engine, settings, 'one status, newest first', (side) => side.newest('failed', limit)),
  },
];
