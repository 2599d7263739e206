// A process of its own that moves many rows and watches its resident memory: `memory-child.ts upsert|stream URL ROWS`.

import { collectGarbage } from '../harness/interleave.ts';
import { makeRow } from './rows.ts';
import { type BenchStore, type Event, events, openBench } from './table.ts';

const chunkRows = 1_000;
/** Enough to fill the page cache of a connection. */
const warmUpRows = 100_000;

function* chunks(rows: number): Generator<Event[]> {
  for (let start = 0; start < rows; start += chunkRows)
    yield Array.from({ length: Math.min(chunkRows, rows - start) }, (_, index) => makeRow(start + index));
}

async function upsert(store: BenchStore, rows: number): Promise<number> {
  let written = 0;
  for (const chunk of chunks(rows)) {
    written += await store.repository(events).upsertMany(chunk);
    sample();
  }
  return written;
}

/** Reads whole chunks until `rows` were seen. */
async function stream(store: BenchStore, rows: number): Promise<number> {
  let seen = 0;
  for await (const chunk of store.repository(events).stream({ batch: chunkRows })) {
    seen += chunk.length;
    sample();
    if (seen >= rows) break;
  }
  return seen;
}

let peak = 0;
function sample(): void {
  peak = Math.max(peak, process.memoryUsage.rss());
}

const [way = '', url = '', count = '0'] = process.argv.slice(2);
const work = way === 'upsert' ? upsert : stream;
await using store = await openBench(url);
await work(store, Math.min(warmUpRows, Number(count)));
collectGarbage();
const before = process.memoryUsage.rss();
peak = before;
const rows = await work(store, Number(count));
process.stdout.write(`${JSON.stringify({ rows, growthMiB: (peak - before) / 2 ** 20 })}\n`);
