// Guests that are polled all day and change about once each: how many bytes their history takes against the whole
// answer of every poll, and how fast all of them are read as of the middle of the day.

import { now } from '@holdfast/core';
import { listAsOf } from '@holdfast/core/history';
import { type Collector, sweep } from '@holdfast/core/sync';
import { addSource, journal, listSources } from '@holdfast/core/system';
import type { Case, Settings } from '../harness/area.ts';
import type { BenchEngine } from '../harness/engines.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { digestOf, requireSame } from '../harness/same.ts';
import { removeDatabase } from '../harness/scratch.ts';
import { type BenchStore, copyRecords, makeGuest, openGuests, polledGuests, polledThen } from './guests.ts';
import { writeJson } from './json-polls.ts';
import { makePolls } from './polls.ts';

const count = 200;
const start = 1_767_225_600_000_000;
const historyTables = ['bench_polled_history', 'holdfast_journal'];

interface Polled {
  readonly url: string;
  readonly store: BenchStore;
  readonly middle: number;
}

/** Real sweeps of a source that answers at once. Each guest changes in one of them, spread over the day. */
async function poll(engine: BenchEngine, polls: number): Promise<Polled> {
  const url = await engine.make(`polled-${polls}`);
  const store = await openGuests(url);
  await addSource(store, { name: 'lab', domain: 'bench', settings: {}, credentials: {} });
  const sources = await listSources(store);
  let [done, middle] = [0, 0];
  for (const { rows } of makePolls(count, polls, start)) {
    const changed = (index: number): boolean => Math.floor(((index + 1) * polls) / (count + 1)) <= done;
    const seen = rows.map((gauges, index) => ({
      ...gauges,
      ...makeGuest(gauges.vmid, changed(index) ? 1 : 0),
    }));
    const collector: Collector = {
      domain: 'bench',
      async *collect() {
        yield { scope: 'all', batches: [{ table: polledGuests, rows: seen, owns: { source: 'lab' } }] };
      },
      test: async () => ({}),
    };
    await sweep(store, sources, [collector]);
    if (++done !== polls / 2) continue;
    await new Promise((resolve) => setTimeout(resolve, 5));
    middle = now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await copyRecords(store, polledGuests, polledThen);
  }
  await engine.settle(store, [...historyTables, 'bench_polled', 'bench_polled_then']);
  return { url, store, middle };
}

/** Two changes of each guest, found and changed, and no more: gauges leave nothing. */
async function requireQuiet(store: BenchStore): Promise<number> {
  const sql = `SELECT journal_op, count(*), count(DISTINCT vmid) FROM bench_polled_history GROUP BY journal_op ORDER BY journal_op`;
  const rows = await store.engine.read((session) => session.all({ sql }, []));
  requireSame('changes of the polled guests', {
    captured: rows.map((row) => row.map(Number)),
    made: [1, 2].map((op) => [op, count, count]),
  });
  return store.repository(journal).count();
}

async function sizes(engine: BenchEngine, settings: Settings): Promise<Line[]> {
  const polls = settings.size ?? 1_440;
  const json = writeJson(makePolls(count, polls, start));
  const few = await poll(engine, Math.max(2, Math.round(polls / 20) * 2));
  const many = await poll(engine, polls);
  const transactions = await requireQuiet(many.store);
  const bytes = await engine.sizeOf(many.store, historyTables);
  const size = {
    case: `polled: ${count} guests polled ${polls} times, ${count} changes in ${transactions} transactions, history`,
    ours: bytes / 1e6,
    unit: 'MB',
    lessIsBetter: true,
  };
  const lines = [
    makeLine('history', engine.name, { ...size, against: 'full JSON per poll', reference: json.bytes / 1e6 }),
    makeLine('history', engine.name, { ...size, against: 'target of 0.2 MB', reference: 0.2, target: 1 }),
  ];
  removeDatabase(json.path);
  lines.push(...(await asOf(engine, few, many, polls, settings.runs)));
  for (const { url, store } of [few, many]) {
    await store.close();
    await engine.remove(url);
  }
  return lines;
}

async function asOf(
  engine: BenchEngine,
  few: Polled,
  many: Polled,
  polls: number,
  runs: number,
): Promise<Line[]> {
  const read = ({ store, middle }: Polled) => listAsOf(store, polledGuests, middle, { limit: count });
  const copy = ({ store }: Polled) => store.repository(polledThen).list({ limit: count });
  const own = (row: object): object =>
    Object.fromEntries(Object.keys(polledThen.columns).map((name) => [name, row[name as keyof typeof row]]));
  for (const each of [few, many])
    requireSame('polled guests as of the middle', {
      ours: digestOf((await read(each)).items.map(own)),
      copy: digestOf((await copy(each)).items),
    });
  const times = 50;
  const timed = (work: () => Promise<unknown>) => ({
    run: async () => {
      const begin = performance.now();
      for (let time = 0; time < times; time++) await work();
      return (performance.now() - begin) / times;
    },
  });
  const [ours, reference, shorter] = await interleave(
    [timed(() => read(many)), timed(() => copy(many)), timed(() => read(few))],
    runs,
  );
  const line = {
    case: `polled: all ${count} guests as of the middle of ${polls} polls`,
    ours,
    unit: 'ms',
    lessIsBetter: true,
  };
  const make = (against: string, other: number, target?: number): Line =>
    makeLine('history', engine.name, {
      ...line,
      against,
      reference: other,
      ...(target === undefined ? {} : { target }),
    });
  return [
    make('plain copy of the moment', reference),
    make('a tenth of the polls', shorter, 0.75),
    make('target of 0.2 ms', 0.2, engine.name === 'sqlite' ? 1 : undefined),
  ];
}

export const polledCases = (engine: BenchEngine): readonly Case[] => [
  { name: `${engine.name}: polled`, run: (settings) => sizes(engine, settings) },
];
